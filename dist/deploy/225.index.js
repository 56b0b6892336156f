export const id = 225;
export const ids = [225];
export const modules = {

/***/ 5225:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   checkTable: () => (/* binding */ checkTable)
/* harmony export */ });
/* harmony import */ var _kit_duration_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1429);
/* harmony import */ var _kit_escape_markdown_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8094);


const signs = {
    healthy: "✅ healthy",
    degraded: "⚠️ degraded",
    unhealthy: "❌ unhealthy",
};
function checkTable(checks) {
    const order = ["unhealthy", "degraded", "healthy"];
    const sorted = order.flatMap((status) => checks.filter((check) => check.status === status));
    return [
        "| Check | State | Attempts | Healthy after | p95 | Failed | Measured | Last reason |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |",
        ...sorted.map(row),
    ].join("\n");
}
function row(result) {
    const { check, status, attempts, timeToHealthyMs, latencyP95Ms, errorRate } = result;
    const cells = [
        (0,_kit_escape_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .escapeMarkdown */ .F)(check.name),
        signs[status],
        String(attempts),
        timeToHealthyMs === undefined ? "–" : (0,_kit_duration_js__WEBPACK_IMPORTED_MODULE_0__/* .formatDuration */ .a)(timeToHealthyMs),
        check.kind === "http" || check.kind === "tcp" ? (0,_kit_duration_js__WEBPACK_IMPORTED_MODULE_0__/* .formatDuration */ .a)(latencyP95Ms) : "–",
        `${String(Math.round(errorRate * 1000) / 10)} %`,
        (0,_kit_escape_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .escapeMarkdown */ .F)(result.measured) || "–",
        (0,_kit_escape_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .escapeMarkdown */ .F)(result.reason) || "–",
    ];
    return `| ${cells.join(" | ")} |`;
}


/***/ })

};

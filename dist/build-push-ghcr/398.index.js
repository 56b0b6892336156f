export const id = 398;
export const ids = [398];
export const modules = {

/***/ 369:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   uploadSarif: () => (/* binding */ uploadSarif)
/* harmony export */ });
/* harmony import */ var node_util__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(975);
/* harmony import */ var node_zlib__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(522);
/* harmony import */ var _kit_errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(858);
/* harmony import */ var _kit_json_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(727);




const longestBytes = 10 * 2 ** 20;
async function uploadSarif(sarif, token, run, http, signal) {
    const packed = await (0,node_util__WEBPACK_IMPORTED_MODULE_0__.promisify)(node_zlib__WEBPACK_IMPORTED_MODULE_1__.gzip)(sarif);
    if (packed.byteLength > longestBytes)
        throw refused("the findings are larger than the 10 MiB that GitHub takes", "Set `scan-ignore-unfixed: true`.");
    const { status, body } = await http.request({
        url: `${run.api}/repos/${run.repository}/code-scanning/sarifs`,
        method: "POST",
        headers: {
            accept: "application/vnd.github+json",
            authorization: `Bearer ${token}`,
            "content-type": "application/json",
            "x-github-api-version": "2022-11-28",
        },
        body: JSON.stringify({
            commit_sha: run.sha,
            ref: run.ref,
            sarif: packed.toString("base64"),
        }),
        timeoutMs: 30_000,
        signal,
    });
    if (status >= 200 && status < 300)
        return;
    const words = (0,_kit_json_js__WEBPACK_IMPORTED_MODULE_3__/* .textAt */ .$6)((0,_kit_json_js__WEBPACK_IMPORTED_MODULE_3__/* .parseJson */ .qF)(body), "message");
    const remedy = status === 403 || status === 404
        ? "Give the job `permissions: security-events: write`, and enable code scanning in the repository's settings; a pull request from a fork may not upload."
        : "Run the job again, or set `upload-sarif: false`.";
    throw refused(`${String(status)} from code scanning${words && `: ${words}`}`, remedy);
}
function refused(message, remedy) {
    return new _kit_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .BelayError */ .oT("service-failed", message, remedy);
}


/***/ })

};

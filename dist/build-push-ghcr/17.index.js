export const id = 17;
export const ids = [17];
export const modules = {

/***/ 398:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   dockerEnvironment: () => (/* binding */ dockerEnvironment)
/* harmony export */ });
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(161);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(760);


const cacheVariables = [
    "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_CACHE_URL",
    "ACTIONS_RESULTS_URL",
    "ACTIONS_CACHE_SERVICE_V2",
];
function dockerEnvironment(env) {
    const given = (name) => env[name] ?? "";
    const config = given("DOCKER_CONFIG") || (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)((0,node_os__WEBPACK_IMPORTED_MODULE_0__.homedir)(), ".docker");
    const cache = cacheVariables.filter((name) => given(name) !== "");
    const isService = cache.includes("ACTIONS_RUNTIME_TOKEN") && cache.some((name) => name.endsWith("_URL"));
    return {
        config,
        buildx: given("BUILDX_CONFIG") || (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(config, "buildx"),
        sourceDateEpoch: given("SOURCE_DATE_EPOCH"),
        cacheService: isService ? Object.fromEntries(cache.map((name) => [name, given(name)])) : {},
        scannerVariables: Object.keys(env).filter((name) => /^(?:TRIVY|SNYK)_/.test(name)),
    };
}


/***/ })

};

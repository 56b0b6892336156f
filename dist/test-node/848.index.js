export const id = 848;
export const ids = [848];
export const modules = {

/***/ 7848:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   openActionsCache: () => (/* binding */ openActionsCache)
/* harmony export */ });
async function openActionsCache(env) {
    if (!env["ACTIONS_RESULTS_URL"] && !env["ACTIONS_CACHE_URL"])
        return undefined;
    const client = await Promise.all(/* import() */[__webpack_require__.e(11), __webpack_require__.e(207)]).then(__webpack_require__.bind(__webpack_require__, 3207));
    if (!client.isFeatureAvailable())
        return undefined;
    return {
        restore: (paths, key, prefixes) => client.restoreCache([...paths], key, [...prefixes]),
        save: async (paths, key) => (await client.saveCache([...paths], key)) !== -1,
    };
}


/***/ })

};

export const id = 960;
export const ids = [960];
export const modules = {

/***/ 3960:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   readProgram: () => (/* binding */ readProgram)
/* harmony export */ });
/* unused harmony export programOf */
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1455);


async function readProgram(file) {
    return programOf(await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.readFile)(file));
}
function programOf(bytes) {
    return { bytes, hash: (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)("sha256").update(bytes).digest("hex").slice(0, 16) };
}


/***/ })

};

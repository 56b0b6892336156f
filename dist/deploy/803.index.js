export const id = 803;
export const ids = [803];
export const modules = {

/***/ 8803:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   parseManifests: () => (/* binding */ parseManifests)
/* harmony export */ });
/* harmony import */ var yaml__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2936);
/* harmony import */ var _kit_errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9858);
/* harmony import */ var _kit_one_line_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(4544);



const likeKubectl = {
    version: "1.1",
    merge: true,
    uniqueKeys: true,
    prettyErrors: true,
    customTags: (tags) => tags.filter((tag) => typeof tag === "string" ||
        (!["tag:yaml.org,2002:timestamp"].includes(tag.tag) && !isSexagesimal(tag))),
};
function isSexagesimal(tag) {
    return tag.format === "TIME";
}
function parseManifests(text, file) {
    const manifests = [];
    const problems = [];
    const documents = (0,yaml__WEBPACK_IMPORTED_MODULE_0__/* .parseAllDocuments */ .hR)(text, likeKubectl);
    if (!Array.isArray(documents))
        return { manifests, problems };
    for (const document of documents) {
        const line = lineAt(text, document.contents?.range[0] ?? document.range[0]);
        const [error] = document.errors;
        if (error !== undefined) {
            const at = error.linePos?.[0].line ?? line;
            problems.push(invalid(`${file}:${at}`, error.message.split("\n", 1)[0] ?? ""));
        }
        else if ((0,yaml__WEBPACK_IMPORTED_MODULE_0__/* .isMap */ .jh)(document.contents)) {
            const value = document.toJS({ maxAliasCount: 1000 });
            for (const object of itemsOfList(value))
                add({ object, place: `${file}:${line}` });
        }
        else if (document.contents !== null && document.toJS() !== null)
            problems.push(invalid(`${file}:${line}`, "a document that is no object"));
    }
    return { manifests, problems };
    function add(manifest) {
        const missing = missingMember(manifest.object);
        if (missing === undefined)
            manifests.push(manifest);
        else
            problems.push(invalid(manifest.place, `\`${missing}\` is missing`));
    }
}
function missingMember({ apiVersion, kind, metadata }) {
    if (typeof apiVersion !== "string" || apiVersion === "")
        return "apiVersion";
    if (typeof kind !== "string" || kind === "")
        return "kind";
    return typeof metadata?.name === "string" && metadata.name !== "" ? undefined : "metadata.name";
}
function itemsOfList(value) {
    const { kind, items } = value;
    return typeof kind === "string" && kind.endsWith("List") && Array.isArray(items)
        ? items
        : [value];
}
function lineAt(text, offset) {
    return text.slice(0, offset).split("\n").length;
}
function invalid(place, why) {
    const remedy = "Correct the manifest: `kubectl apply --dry-run=client` on it says the same.";
    return new _kit_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .BelayError */ .oT("config", `${place}: ${(0,_kit_one_line_js__WEBPACK_IMPORTED_MODULE_2__/* .oneLine */ .T)(why, 300)}`, remedy);
}


/***/ })

};

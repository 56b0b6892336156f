import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 2613:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("assert");

/***/ }),

/***/ 181:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("buffer");

/***/ }),

/***/ 5317:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("child_process");

/***/ }),

/***/ 6982:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("crypto");

/***/ }),

/***/ 4434:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("events");

/***/ }),

/***/ 9896:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("fs");

/***/ }),

/***/ 8611:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("http");

/***/ }),

/***/ 5692:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("https");

/***/ }),

/***/ 9278:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("net");

/***/ }),

/***/ 4589:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:assert");

/***/ }),

/***/ 6698:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:async_hooks");

/***/ }),

/***/ 4573:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:buffer");

/***/ }),

/***/ 1421:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");

/***/ }),

/***/ 7540:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:console");

/***/ }),

/***/ 7598:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");

/***/ }),

/***/ 3053:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:diagnostics_channel");

/***/ }),

/***/ 610:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:dns");

/***/ }),

/***/ 8474:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:events");

/***/ }),

/***/ 3024:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");

/***/ }),

/***/ 1455:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs/promises");

/***/ }),

/***/ 7067:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:http");

/***/ }),

/***/ 2467:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:http2");

/***/ }),

/***/ 4708:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:https");

/***/ }),

/***/ 8995:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:module");

/***/ }),

/***/ 7030:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");

/***/ }),

/***/ 8161:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:os");

/***/ }),

/***/ 6760:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");

/***/ }),

/***/ 643:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:perf_hooks");

/***/ }),

/***/ 1708:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:process");

/***/ }),

/***/ 1792:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:querystring");

/***/ }),

/***/ 7075:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream");

/***/ }),

/***/ 8321:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream/consumers");

/***/ }),

/***/ 6193:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:string_decoder");

/***/ }),

/***/ 8500:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");

/***/ }),

/***/ 1692:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:tls");

/***/ }),

/***/ 3136:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:url");

/***/ }),

/***/ 7975:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:util");

/***/ }),

/***/ 3429:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:util/types");

/***/ }),

/***/ 5919:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:worker_threads");

/***/ }),

/***/ 8522:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:zlib");

/***/ }),

/***/ 857:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("os");

/***/ }),

/***/ 6928:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("path");

/***/ }),

/***/ 2203:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("stream");

/***/ }),

/***/ 3193:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("string_decoder");

/***/ }),

/***/ 3557:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("timers");

/***/ }),

/***/ 4756:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("tls");

/***/ }),

/***/ 2018:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("tty");

/***/ }),

/***/ 7016:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("url");

/***/ }),

/***/ 9023:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("util");

/***/ }),

/***/ 8524:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  Yz: () => (/* binding */ debug),
  N4: () => (/* binding */ endGroup),
  z3: () => (/* binding */ error),
  V4: () => (/* binding */ getInput),
  Gu: () => (/* binding */ getState),
  pq: () => (/* binding */ info),
  _o: () => (/* binding */ isDebug),
  lm: () => (/* binding */ notice),
  LZ: () => (/* binding */ saveState),
  uH: () => (/* binding */ setOutput),
  Pq: () => (/* binding */ setSecret),
  Oh: () => (/* binding */ startGroup),
  $e: () => (/* binding */ warning)
});

// UNUSED EXPORTS: ExitCode, addPath, exportVariable, getBooleanInput, getIDToken, getMultilineInput, group, markdownSummary, platform, setCommandEcho, setFailed, summary, toPlatformPath, toPosixPath, toWin32Path

// EXTERNAL MODULE: external "os"
var external_os_ = __nccwpck_require__(857);
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/utils.js
// We use any as a valid input type
/* eslint-disable @typescript-eslint/no-explicit-any */
/**
 * Sanitizes an input into a string so it can be passed into issueCommand safely
 * @param input input to sanitize into a string
 */
function utils_toCommandValue(input) {
    if (input === null || input === undefined) {
        return '';
    }
    else if (typeof input === 'string' || input instanceof String) {
        return input;
    }
    return JSON.stringify(input);
}
/**
 *
 * @param annotationProperties
 * @returns The command properties to send with the actual annotation command
 * See IssueCommandProperties: https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionCommandManager.cs#L646
 */
function toCommandProperties(annotationProperties) {
    if (!Object.keys(annotationProperties).length) {
        return {};
    }
    return {
        title: annotationProperties.title,
        file: annotationProperties.file,
        line: annotationProperties.startLine,
        endLine: annotationProperties.endLine,
        col: annotationProperties.startColumn,
        endColumn: annotationProperties.endColumn
    };
}
//# sourceMappingURL=utils.js.map
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/command.js


/**
 * Issues a command to the GitHub Actions runner
 *
 * @param command - The command name to issue
 * @param properties - Additional properties for the command (key-value pairs)
 * @param message - The message to include with the command
 * @remarks
 * This function outputs a specially formatted string to stdout that the Actions
 * runner interprets as a command. These commands can control workflow behavior,
 * set outputs, create annotations, mask values, and more.
 *
 * Command Format:
 *   ::name key=value,key=value::message
 *
 * @example
 * ```typescript
 * // Issue a warning annotation
 * issueCommand('warning', {}, 'This is a warning message');
 * // Output: ::warning::This is a warning message
 *
 * // Set an environment variable
 * issueCommand('set-env', { name: 'MY_VAR' }, 'some value');
 * // Output: ::set-env name=MY_VAR::some value
 *
 * // Add a secret mask
 * issueCommand('add-mask', {}, 'secretValue123');
 * // Output: ::add-mask::secretValue123
 * ```
 *
 * @internal
 * This is an internal utility function that powers the public API functions
 * such as setSecret, warning, error, and exportVariable.
 */
function command_issueCommand(command, properties, message) {
    const cmd = new Command(command, properties, message);
    process.stdout.write(cmd.toString() + external_os_.EOL);
}
function command_issue(name, message = '') {
    command_issueCommand(name, {}, message);
}
const CMD_STRING = '::';
class Command {
    constructor(command, properties, message) {
        if (!command) {
            command = 'missing.command';
        }
        this.command = command;
        this.properties = properties;
        this.message = message;
    }
    toString() {
        let cmdStr = CMD_STRING + this.command;
        if (this.properties && Object.keys(this.properties).length > 0) {
            cmdStr += ' ';
            let first = true;
            for (const key in this.properties) {
                if (this.properties.hasOwnProperty(key)) {
                    const val = this.properties[key];
                    if (val) {
                        if (first) {
                            first = false;
                        }
                        else {
                            cmdStr += ',';
                        }
                        cmdStr += `${key}=${escapeProperty(val)}`;
                    }
                }
            }
        }
        cmdStr += `${CMD_STRING}${escapeData(this.message)}`;
        return cmdStr;
    }
}
function escapeData(s) {
    return utils_toCommandValue(s)
        .replace(/%/g, '%25')
        .replace(/\r/g, '%0D')
        .replace(/\n/g, '%0A');
}
function escapeProperty(s) {
    return utils_toCommandValue(s)
        .replace(/%/g, '%25')
        .replace(/\r/g, '%0D')
        .replace(/\n/g, '%0A')
        .replace(/:/g, '%3A')
        .replace(/,/g, '%2C');
}
//# sourceMappingURL=command.js.map
// EXTERNAL MODULE: external "crypto"
var external_crypto_ = __nccwpck_require__(6982);
// EXTERNAL MODULE: external "fs"
var external_fs_ = __nccwpck_require__(9896);
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/file-command.js
// For internal use, subject to change.
// We use any as a valid input type
/* eslint-disable @typescript-eslint/no-explicit-any */




function file_command_issueFileCommand(command, message) {
    const filePath = process.env[`GITHUB_${command}`];
    if (!filePath) {
        throw new Error(`Unable to find environment variable for file command ${command}`);
    }
    if (!external_fs_.existsSync(filePath)) {
        throw new Error(`Missing file at path: ${filePath}`);
    }
    external_fs_.appendFileSync(filePath, `${utils_toCommandValue(message)}${external_os_.EOL}`, {
        encoding: 'utf8'
    });
}
function file_command_prepareKeyValueMessage(key, value) {
    const delimiter = `ghadelimiter_${external_crypto_.randomUUID()}`;
    const convertedValue = utils_toCommandValue(value);
    // These should realistically never happen, but just in case someone finds a
    // way to exploit uuid generation let's not allow keys or values that contain
    // the delimiter.
    if (key.includes(delimiter)) {
        throw new Error(`Unexpected input: name should not contain the delimiter "${delimiter}"`);
    }
    if (convertedValue.includes(delimiter)) {
        throw new Error(`Unexpected input: value should not contain the delimiter "${delimiter}"`);
    }
    return `${key}<<${delimiter}${external_os_.EOL}${convertedValue}${external_os_.EOL}${delimiter}`;
}
//# sourceMappingURL=file-command.js.map
// EXTERNAL MODULE: external "path"
var external_path_ = __nccwpck_require__(6928);
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/summary.js
var __awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};


const { access, appendFile, writeFile } = external_fs_.promises;
const SUMMARY_ENV_VAR = 'GITHUB_STEP_SUMMARY';
const SUMMARY_DOCS_URL = 'https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-job-summary';
class Summary {
    constructor() {
        this._buffer = '';
    }
    /**
     * Finds the summary file path from the environment, rejects if env var is not found or file does not exist
     * Also checks r/w permissions.
     *
     * @returns step summary file path
     */
    filePath() {
        return __awaiter(this, void 0, void 0, function* () {
            if (this._filePath) {
                return this._filePath;
            }
            const pathFromEnv = process.env[SUMMARY_ENV_VAR];
            if (!pathFromEnv) {
                throw new Error(`Unable to find environment variable for $${SUMMARY_ENV_VAR}. Check if your runtime environment supports job summaries.`);
            }
            try {
                yield access(pathFromEnv, external_fs_.constants.R_OK | external_fs_.constants.W_OK);
            }
            catch (_a) {
                throw new Error(`Unable to access summary file: '${pathFromEnv}'. Check if the file has correct read/write permissions.`);
            }
            this._filePath = pathFromEnv;
            return this._filePath;
        });
    }
    /**
     * Wraps content in an HTML tag, adding any HTML attributes
     *
     * @param {string} tag HTML tag to wrap
     * @param {string | null} content content within the tag
     * @param {[attribute: string]: string} attrs key-value list of HTML attributes to add
     *
     * @returns {string} content wrapped in HTML element
     */
    wrap(tag, content, attrs = {}) {
        const htmlAttrs = Object.entries(attrs)
            .map(([key, value]) => ` ${key}="${value}"`)
            .join('');
        if (!content) {
            return `<${tag}${htmlAttrs}>`;
        }
        return `<${tag}${htmlAttrs}>${content}</${tag}>`;
    }
    /**
     * Writes text in the buffer to the summary buffer file and empties buffer. Will append by default.
     *
     * @param {SummaryWriteOptions} [options] (optional) options for write operation
     *
     * @returns {Promise<Summary>} summary instance
     */
    write(options) {
        return __awaiter(this, void 0, void 0, function* () {
            const overwrite = !!(options === null || options === void 0 ? void 0 : options.overwrite);
            const filePath = yield this.filePath();
            const writeFunc = overwrite ? writeFile : appendFile;
            yield writeFunc(filePath, this._buffer, { encoding: 'utf8' });
            return this.emptyBuffer();
        });
    }
    /**
     * Clears the summary buffer and wipes the summary file
     *
     * @returns {Summary} summary instance
     */
    clear() {
        return __awaiter(this, void 0, void 0, function* () {
            return this.emptyBuffer().write({ overwrite: true });
        });
    }
    /**
     * Returns the current summary buffer as a string
     *
     * @returns {string} string of summary buffer
     */
    stringify() {
        return this._buffer;
    }
    /**
     * If the summary buffer is empty
     *
     * @returns {boolen} true if the buffer is empty
     */
    isEmptyBuffer() {
        return this._buffer.length === 0;
    }
    /**
     * Resets the summary buffer without writing to summary file
     *
     * @returns {Summary} summary instance
     */
    emptyBuffer() {
        this._buffer = '';
        return this;
    }
    /**
     * Adds raw text to the summary buffer
     *
     * @param {string} text content to add
     * @param {boolean} [addEOL=false] (optional) append an EOL to the raw text (default: false)
     *
     * @returns {Summary} summary instance
     */
    addRaw(text, addEOL = false) {
        this._buffer += text;
        return addEOL ? this.addEOL() : this;
    }
    /**
     * Adds the operating system-specific end-of-line marker to the buffer
     *
     * @returns {Summary} summary instance
     */
    addEOL() {
        return this.addRaw(external_os_.EOL);
    }
    /**
     * Adds an HTML codeblock to the summary buffer
     *
     * @param {string} code content to render within fenced code block
     * @param {string} lang (optional) language to syntax highlight code
     *
     * @returns {Summary} summary instance
     */
    addCodeBlock(code, lang) {
        const attrs = Object.assign({}, (lang && { lang }));
        const element = this.wrap('pre', this.wrap('code', code), attrs);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML list to the summary buffer
     *
     * @param {string[]} items list of items to render
     * @param {boolean} [ordered=false] (optional) if the rendered list should be ordered or not (default: false)
     *
     * @returns {Summary} summary instance
     */
    addList(items, ordered = false) {
        const tag = ordered ? 'ol' : 'ul';
        const listItems = items.map(item => this.wrap('li', item)).join('');
        const element = this.wrap(tag, listItems);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML table to the summary buffer
     *
     * @param {SummaryTableCell[]} rows table rows
     *
     * @returns {Summary} summary instance
     */
    addTable(rows) {
        const tableBody = rows
            .map(row => {
            const cells = row
                .map(cell => {
                if (typeof cell === 'string') {
                    return this.wrap('td', cell);
                }
                const { header, data, colspan, rowspan } = cell;
                const tag = header ? 'th' : 'td';
                const attrs = Object.assign(Object.assign({}, (colspan && { colspan })), (rowspan && { rowspan }));
                return this.wrap(tag, data, attrs);
            })
                .join('');
            return this.wrap('tr', cells);
        })
            .join('');
        const element = this.wrap('table', tableBody);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds a collapsable HTML details element to the summary buffer
     *
     * @param {string} label text for the closed state
     * @param {string} content collapsable content
     *
     * @returns {Summary} summary instance
     */
    addDetails(label, content) {
        const element = this.wrap('details', this.wrap('summary', label) + content);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML image tag to the summary buffer
     *
     * @param {string} src path to the image you to embed
     * @param {string} alt text description of the image
     * @param {SummaryImageOptions} options (optional) addition image attributes
     *
     * @returns {Summary} summary instance
     */
    addImage(src, alt, options) {
        const { width, height } = options || {};
        const attrs = Object.assign(Object.assign({}, (width && { width })), (height && { height }));
        const element = this.wrap('img', null, Object.assign({ src, alt }, attrs));
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML section heading element
     *
     * @param {string} text heading text
     * @param {number | string} [level=1] (optional) the heading level, default: 1
     *
     * @returns {Summary} summary instance
     */
    addHeading(text, level) {
        const tag = `h${level}`;
        const allowedTag = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].includes(tag)
            ? tag
            : 'h1';
        const element = this.wrap(allowedTag, text);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML thematic break (<hr>) to the summary buffer
     *
     * @returns {Summary} summary instance
     */
    addSeparator() {
        const element = this.wrap('hr', null);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML line break (<br>) to the summary buffer
     *
     * @returns {Summary} summary instance
     */
    addBreak() {
        const element = this.wrap('br', null);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML blockquote to the summary buffer
     *
     * @param {string} text quote text
     * @param {string} cite (optional) citation url
     *
     * @returns {Summary} summary instance
     */
    addQuote(text, cite) {
        const attrs = Object.assign({}, (cite && { cite }));
        const element = this.wrap('blockquote', text, attrs);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML anchor tag to the summary buffer
     *
     * @param {string} text link text/content
     * @param {string} href hyperlink
     *
     * @returns {Summary} summary instance
     */
    addLink(text, href) {
        const element = this.wrap('a', text, { href });
        return this.addRaw(element).addEOL();
    }
}
const _summary = new Summary();
/**
 * @deprecated use `core.summary`
 */
const markdownSummary = (/* unused pure expression or super */ null && (_summary));
const summary = (/* unused pure expression or super */ null && (_summary));
//# sourceMappingURL=summary.js.map
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/path-utils.js

/**
 * toPosixPath converts the given path to the posix form. On Windows, \\ will be
 * replaced with /.
 *
 * @param pth. Path to transform.
 * @return string Posix path.
 */
function toPosixPath(pth) {
    return pth.replace(/[\\]/g, '/');
}
/**
 * toWin32Path converts the given path to the win32 form. On Linux, / will be
 * replaced with \\.
 *
 * @param pth. Path to transform.
 * @return string Win32 path.
 */
function toWin32Path(pth) {
    return pth.replace(/[/]/g, '\\');
}
/**
 * toPlatformPath converts the given path to a platform-specific path. It does
 * this by replacing instances of / and \ with the platform-specific path
 * separator.
 *
 * @param pth The path to platformize.
 * @return string The platform-specific path.
 */
function toPlatformPath(pth) {
    return pth.replace(/[/\\]/g, path.sep);
}
//# sourceMappingURL=path-utils.js.map
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/core.js
var core_awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};






/**
 * The code to exit an action
 */
var ExitCode;
(function (ExitCode) {
    /**
     * A code indicating that the action was successful
     */
    ExitCode[ExitCode["Success"] = 0] = "Success";
    /**
     * A code indicating that the action was a failure
     */
    ExitCode[ExitCode["Failure"] = 1] = "Failure";
})(ExitCode || (ExitCode = {}));
//-----------------------------------------------------------------------
// Variables
//-----------------------------------------------------------------------
/**
 * Sets env variable for this action and future actions in the job
 * @param name the name of the variable to set
 * @param val the value of the variable. Non-string values will be converted to a string via JSON.stringify
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function exportVariable(name, val) {
    const convertedVal = toCommandValue(val);
    process.env[name] = convertedVal;
    const filePath = process.env['GITHUB_ENV'] || '';
    if (filePath) {
        return issueFileCommand('ENV', prepareKeyValueMessage(name, val));
    }
    issueCommand('set-env', { name }, convertedVal);
}
/**
 * Registers a secret which will get masked from logs
 *
 * @param secret - Value of the secret to be masked
 * @remarks
 * This function instructs the Actions runner to mask the specified value in any
 * logs produced during the workflow run. Once registered, the secret value will
 * be replaced with asterisks (***) whenever it appears in console output, logs,
 * or error messages.
 *
 * This is useful for protecting sensitive information such as:
 * - API keys
 * - Access tokens
 * - Authentication credentials
 * - URL parameters containing signatures (SAS tokens)
 *
 * Note that masking only affects future logs; any previous appearances of the
 * secret in logs before calling this function will remain unmasked.
 *
 * @example
 * ```typescript
 * // Register an API token as a secret
 * const apiToken = "abc123xyz456";
 * setSecret(apiToken);
 *
 * // Now any logs containing this value will show *** instead
 * console.log(`Using token: ${apiToken}`); // Outputs: "Using token: ***"
 * ```
 */
function setSecret(secret) {
    command_issueCommand('add-mask', {}, secret);
}
/**
 * Prepends inputPath to the PATH (for this action and future actions)
 * @param inputPath
 */
function addPath(inputPath) {
    const filePath = process.env['GITHUB_PATH'] || '';
    if (filePath) {
        issueFileCommand('PATH', inputPath);
    }
    else {
        issueCommand('add-path', {}, inputPath);
    }
    process.env['PATH'] = `${inputPath}${path.delimiter}${process.env['PATH']}`;
}
/**
 * Gets the value of an input.
 * Unless trimWhitespace is set to false in InputOptions, the value is also trimmed.
 * Returns an empty string if the value is not defined.
 *
 * @param     name     name of the input to get
 * @param     options  optional. See InputOptions.
 * @returns   string
 */
function getInput(name, options) {
    const val = process.env[`INPUT_${name.replace(/ /g, '_').toUpperCase()}`] || '';
    if (options && options.required && !val) {
        throw new Error(`Input required and not supplied: ${name}`);
    }
    if (options && options.trimWhitespace === false) {
        return val;
    }
    return val.trim();
}
/**
 * Gets the values of an multiline input.  Each value is also trimmed.
 *
 * @param     name     name of the input to get
 * @param     options  optional. See InputOptions.
 * @returns   string[]
 *
 */
function getMultilineInput(name, options) {
    const inputs = getInput(name, options)
        .split('\n')
        .filter(x => x !== '');
    if (options && options.trimWhitespace === false) {
        return inputs;
    }
    return inputs.map(input => input.trim());
}
/**
 * Gets the input value of the boolean type in the YAML 1.2 "core schema" specification.
 * Support boolean input list: `true | True | TRUE | false | False | FALSE` .
 * The return value is also in boolean type.
 * ref: https://yaml.org/spec/1.2/spec.html#id2804923
 *
 * @param     name     name of the input to get
 * @param     options  optional. See InputOptions.
 * @returns   boolean
 */
function getBooleanInput(name, options) {
    const trueValue = ['true', 'True', 'TRUE'];
    const falseValue = ['false', 'False', 'FALSE'];
    const val = getInput(name, options);
    if (trueValue.includes(val))
        return true;
    if (falseValue.includes(val))
        return false;
    throw new TypeError(`Input does not meet YAML 1.2 "Core Schema" specification: ${name}\n` +
        `Support boolean input list: \`true | True | TRUE | false | False | FALSE\``);
}
/**
 * Sets the value of an output.
 *
 * @param     name     name of the output to set
 * @param     value    value to store. Non-string values will be converted to a string via JSON.stringify
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function setOutput(name, value) {
    const filePath = process.env['GITHUB_OUTPUT'] || '';
    if (filePath) {
        return file_command_issueFileCommand('OUTPUT', file_command_prepareKeyValueMessage(name, value));
    }
    process.stdout.write(external_os_.EOL);
    command_issueCommand('set-output', { name }, utils_toCommandValue(value));
}
/**
 * Enables or disables the echoing of commands into stdout for the rest of the step.
 * Echoing is disabled by default if ACTIONS_STEP_DEBUG is not set.
 *
 */
function setCommandEcho(enabled) {
    issue('echo', enabled ? 'on' : 'off');
}
//-----------------------------------------------------------------------
// Results
//-----------------------------------------------------------------------
/**
 * Sets the action status to failed.
 * When the action exits it will be with an exit code of 1
 * @param message add error issue message
 */
function setFailed(message) {
    process.exitCode = ExitCode.Failure;
    error(message);
}
//-----------------------------------------------------------------------
// Logging Commands
//-----------------------------------------------------------------------
/**
 * Gets whether Actions Step Debug is on or not
 */
function isDebug() {
    return process.env['RUNNER_DEBUG'] === '1';
}
/**
 * Writes debug message to user log
 * @param message debug message
 */
function debug(message) {
    command_issueCommand('debug', {}, message);
}
/**
 * Adds an error issue
 * @param message error issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function error(message, properties = {}) {
    command_issueCommand('error', toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
 * Adds a warning issue
 * @param message warning issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function warning(message, properties = {}) {
    command_issueCommand('warning', toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
 * Adds a notice issue
 * @param message notice issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function notice(message, properties = {}) {
    command_issueCommand('notice', toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
 * Writes info to log with console.log.
 * @param message info message
 */
function info(message) {
    process.stdout.write(message + external_os_.EOL);
}
/**
 * Begin an output group.
 *
 * Output until the next `groupEnd` will be foldable in this group
 *
 * @param name The name of the output group
 */
function startGroup(name) {
    command_issue('group', name);
}
/**
 * End an output group.
 */
function endGroup() {
    command_issue('endgroup');
}
/**
 * Wrap an asynchronous function call in a group.
 *
 * Returns the same type as the function itself.
 *
 * @param name The name of the group
 * @param fn The function to wrap in the group
 */
function group(name, fn) {
    return core_awaiter(this, void 0, void 0, function* () {
        startGroup(name);
        let result;
        try {
            result = yield fn();
        }
        finally {
            endGroup();
        }
        return result;
    });
}
//-----------------------------------------------------------------------
// Wrapper action state
//-----------------------------------------------------------------------
/**
 * Saves state for current action, the state can only be retrieved by this action's post job execution.
 *
 * @param     name     name of the state to store
 * @param     value    value to store. Non-string values will be converted to a string via JSON.stringify
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function saveState(name, value) {
    const filePath = process.env['GITHUB_STATE'] || '';
    if (filePath) {
        return file_command_issueFileCommand('STATE', file_command_prepareKeyValueMessage(name, value));
    }
    command_issueCommand('save-state', { name }, utils_toCommandValue(value));
}
/**
 * Gets the value of an state set by this action's main execution.
 *
 * @param     name     name of the state to get
 * @returns   string
 */
function getState(name) {
    return process.env[`STATE_${name}`] || '';
}
function getIDToken(aud) {
    return core_awaiter(this, void 0, void 0, function* () {
        return yield OidcClient.getIDToken(aud);
    });
}
/**
 * Summary exports
 */

/**
 * @deprecated use core.summary
 */

/**
 * Path exports
 */

/**
 * Platform utilities exports
 */

//# sourceMappingURL=core.js.map

/***/ }),

/***/ 8069:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   H: () => (/* binding */ changedCoverage),
/* harmony export */   e: () => (/* binding */ uncoveredFindings)
/* harmony export */ });
function changedCoverage(coverage, changed) {
    let [covered, all] = [0, 0];
    const missed = [];
    for (const [file, lines] of changed) {
        const found = coverage.get(file);
        if (found === undefined)
            continue;
        const missedHere = [...lines].filter((line) => found.missed.has(line)).sort((a, b) => a - b);
        const coveredHere = [...lines].filter((line) => found.covered.has(line)).length;
        covered += coveredHere;
        all += coveredHere + missedHere.length;
        missed.push(...ranges(missedHere).map((range) => ({ file, ...range })));
    }
    return { covered, all, missed };
}
function ranges(lines) {
    const found = [];
    for (const line of lines) {
        const last = found.at(-1);
        if (last?.to === line - 1)
            last.to = line;
        else
            found.push({ from: line, to: line });
    }
    return found;
}
function uncoveredFindings({ missed }) {
    return missed.map(({ file, from, to }) => ({
        level: "warning",
        message: from === to
            ? "No test reaches this changed line"
            : `No test reaches these ${to - from + 1} changed lines (${from} to ${to})`,
        place: { file, line: from },
    }));
}


/***/ }),

/***/ 5458:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   M: () => (/* binding */ percentCovered),
/* harmony export */   P: () => (/* binding */ mergeCoverage)
/* harmony export */ });
function percentCovered(coverage) {
    let covered = 0;
    let all = 0;
    for (const file of coverage.values()) {
        covered += file.covered.size;
        all += file.covered.size + file.missed.size;
    }
    return all === 0 ? undefined : (covered / all) * 100;
}
function mergeCoverage(parts) {
    const merged = new Map();
    for (const [name, { covered, missed }] of parts.flatMap((part) => [...part])) {
        const file = merged.get(name) ?? { covered: new Set(), missed: new Set() };
        merged.set(name, file);
        for (const line of covered)
            file.covered.add(line);
        for (const line of missed)
            file.missed.add(line);
    }
    for (const { covered, missed } of merged.values())
        for (const line of covered)
            missed.delete(line);
    return merged;
}


/***/ }),

/***/ 5593:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   BD: () => (/* binding */ testOutcome),
/* harmony export */   Ue: () => (/* binding */ failureFinding),
/* harmony export */   kY: () => (/* binding */ failureText)
/* harmony export */ });
function testOutcome(run) {
    const tests = run.ledger.results();
    const failures = tests.filter(({ outcome }) => outcome === "failed");
    const broken = brokenOff(run, failures.length);
    const reasons = [
        ...(failures.length === 0 ? [] : [`${failures.length} of ${tests.length} tests failed`]),
        ...broken,
    ];
    const none = tests.length === 0 && reasons.length === 0 && !run.allowNoTests;
    if (none)
        reasons.push("no tests were found; `allow-no-tests: true` accepts that");
    return {
        status: reasons.length === 0 ? "passed" : "failed",
        reason: reasons.join("; "),
        findings: [
            ...broken.map((message) => brokenFinding(message, run.ledger)),
            ...failures.map(failureFinding),
            ...tests.flatMap(flakyFinding),
        ],
        tests,
    };
}
function brokenOff({ end, ledger, wasEnded }, failures) {
    const running = ledger.running();
    const at = running.length === 0
        ? ""
        : ` while ${running
            .slice(0, 5)
            .map(({ name }) => name)
            .join(", ")} ran`;
    if (wasEnded)
        return [`the tests did not end in time${at === "" ? "" : `: they were killed${at}`}`];
    if (end.signal === "SIGKILL" || end.code === 137)
        return [`the tests were killed${at}, most likely because the machine ran out of memory`];
    if (end.code === null)
        return [`the tests were ended by ${end.signal ?? "a signal"}${at}`];
    if (end.code !== 0 && failures === 0)
        return [`the tests ended with exit code ${end.code}${at}`];
    return end.code !== 0 && running.length > 0 ? [`the tests broke off${at}`] : [];
}
function brokenFinding(message, ledger) {
    const place = ledger.running()[0]?.place;
    return { level: "error", message, ...(place && { place }) };
}
function failureText({ name, message }) {
    return message === undefined ? `${name} failed` : `${name}: ${message}`;
}
function failureFinding(test) {
    return { level: "error", message: failureText(test), ...(test.place && { place: test.place }) };
}
function flakyFinding({ name, attempts, flaky, place }) {
    if (!flaky)
        return [];
    const message = `${name} is flaky: it passed only at attempt ${attempts}`;
    return [{ level: "warning", message, ...(place && { place }) }];
}


/***/ }),

/***/ 7527:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   H: () => (/* binding */ failedChecks),
/* harmony export */   V: () => (/* binding */ testsOf)
/* harmony export */ });
function testsOf({ results }) {
    return results.flatMap(({ tests }) => tests ?? []);
}
function failedChecks({ results }) {
    return results.filter(({ status }) => status === "failed");
}


/***/ }),

/***/ 2030:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   m: () => (/* binding */ parseDatabaseUrl)
/* harmony export */ });
const parameterVariables = {
    host: "PGHOST",
    hostaddr: "PGHOSTADDR",
    port: "PGPORT",
    user: "PGUSER",
    password: "PGPASSWORD",
    dbname: "PGDATABASE",
    sslmode: "PGSSLMODE",
    sslrootcert: "PGSSLROOTCERT",
    sslcert: "PGSSLCERT",
    sslkey: "PGSSLKEY",
    sslcrl: "PGSSLCRL",
    sslsni: "PGSSLSNI",
    ssl_min_protocol_version: "PGSSLMINPROTOCOLVERSION",
    channel_binding: "PGCHANNELBINDING",
    gssencmode: "PGGSSENCMODE",
    krbsrvname: "PGKRBSRVNAME",
    options: "PGOPTIONS",
    connect_timeout: "PGCONNECT_TIMEOUT",
    client_encoding: "PGCLIENTENCODING",
    target_session_attrs: "PGTARGETSESSIONATTRS",
    passfile: "PGPASSFILE",
};
const silent = new Set([
    "schema",
    "connection_limit",
    "pool_timeout",
    "pgbouncer",
    "socket_timeout",
    "statement_cache_size",
    "sslidentity",
    "sslpassword",
    "sslaccept",
    "application_name",
    "fallback_application_name",
]);
const shape = /^postgres(?:ql)?(?:\+[a-z0-9_]+)?:\/\/(?:(?<user>[^:@/?#]*)(?::(?<password>[^@/?#]*))?@)?(?<hosts>[^/?#]*)(?:\/(?<name>[^?#]*))?(?:\?(?<query>[^#]*))?$/i;
function parseDatabaseUrl(url) {
    const parts = shape.exec(url)?.groups;
    if (parts === undefined)
        return { problem: "is no URL of the form postgresql://user:password@host:port/name" };
    try {
        return readParts(parts);
    }
    catch {
        return {
            problem: "has a % that is not followed by two hex digits; write a % in a password as %25",
        };
    }
}
function readParts(parts) {
    const found = new Map();
    const hosts = readHosts(parts["hosts"] ?? "");
    if (hosts === undefined)
        return { problem: "has a port that is no number" };
    put(found, "PGHOST", hosts.hosts);
    put(found, "PGPORT", hosts.ports);
    put(found, "PGUSER", decodeURIComponent(parts["user"] ?? ""));
    put(found, "PGPASSWORD", decodeURIComponent(parts["password"] ?? ""));
    put(found, "PGDATABASE", decodeURIComponent(parts["name"] ?? ""));
    const ignored = readQuery(parts["query"] ?? "", found);
    if (!found.has("PGDATABASE"))
        return { problem: "names no database; write it after the host: …/name" };
    if ([...found.values()].some((value) => /[\0\r\n]/.test(value)))
        return { problem: "has a line end in one of its parts" };
    const variables = Array.from(found, ([name, value]) => ({ name, value }));
    return { variables, password: found.get("PGPASSWORD") ?? "", ignored };
}
function readHosts(text) {
    const pairs = text.split(",").map((item) => /^(?:\[([^\]]*)\]|([^:]*))(?::(\d*))?$/.exec(item));
    if (pairs.some((pair) => pair === null))
        return undefined;
    const hosts = pairs.map((pair) => decodeURIComponent(pair?.[1] ?? pair?.[2] ?? ""));
    const ports = pairs.map((pair) => pair?.[3] ?? "");
    return { hosts: joined(hosts), ports: joined(ports) };
}
function joined(items) {
    return items.every((item) => item === "") ? "" : items.join(",");
}
function readQuery(query, found) {
    const ignored = [];
    for (const pair of query.split("&").filter((item) => item !== "")) {
        const at = pair.indexOf("=");
        const name = decodeURIComponent(at < 0 ? pair : pair.slice(0, at));
        const variable = Object.hasOwn(parameterVariables, name) ? parameterVariables[name] : undefined;
        if (variable !== undefined)
            put(found, variable, decodeURIComponent(at < 0 ? "" : pair.slice(at + 1)));
        else if (!silent.has(name))
            ignored.push(name);
    }
    return ignored;
}
function put(found, variable, value) {
    if (value !== "")
        found.set(variable, value);
}


/***/ }),

/***/ 1429:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   E: () => (/* binding */ parseDuration),
/* harmony export */   a: () => (/* binding */ formatDuration)
/* harmony export */ });
const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
function parseDuration(text) {
    const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text);
    if (match === null)
        return undefined;
    return Math.round(Number(match[1]) * unitMs[match[2]]);
}
function formatDuration(ms) {
    const whole = Math.max(0, Math.round(ms));
    if (whole < 1000)
        return `${whole} ms`;
    const tenths = Math.round(whole / 100);
    if (tenths < 600)
        return `${(tenths / 10).toFixed(1)} s`;
    const seconds = Math.round(whole / 1000);
    if (seconds < 3600)
        return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
    const minutes = Math.round(seconds / 60);
    return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}


/***/ }),

/***/ 9858:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   _q: () => (/* binding */ asBelayError),
/* harmony export */   oT: () => (/* binding */ BelayError)
/* harmony export */ });
/* unused harmony exports errorCodes, cancelled */
const errorCodes = (/* unused pure expression or super */ null && ([
    "config",
    "host-unreachable",
    "host-key-unknown",
    "host-key-changed",
    "key-format",
    "key-passphrase",
    "auth-refused",
    "tool-missing",
    "tool-too-old",
    "not-writable",
    "disk-full",
    "locked",
    "superseded",
    "backup-failed",
    "backup-damaged",
    "command-failed",
    "connection-lost",
    "gate-timeout",
    "gate-failed",
    "rollback-failed",
    "cancelled",
    "registry-denied",
    "cluster-denied",
    "service-failed",
    "checks-failed",
    "build-failed",
    "image-refused",
]));
class BelayError extends Error {
    name = "BelayError";
    code;
    remedy;
    also;
    place;
    constructor(code, message, remedy, options = {}) {
        super(message, options.cause === undefined ? undefined : { cause: options.cause });
        this.code = code;
        this.remedy = remedy;
        this.also = options.also ?? [];
        this.place = options.place;
    }
}
function cancelled() {
    return new BelayError("cancelled", "the job was cancelled", "Run it again when it should go on.");
}
function asBelayError(failure) {
    if (failure instanceof BelayError)
        return failure;
    const message = failure instanceof Error ? failure.message : String(failure);
    return new BelayError("command-failed", `Belay itself failed: ${message}`, "Report it with the log of this step (debug logging on).", {
        cause: failure,
    });
}


/***/ }),

/***/ 8094:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   F: () => (/* binding */ escapeMarkdown),
/* harmony export */   H: () => (/* binding */ linkOrText)
/* harmony export */ });
const markup = /[\\`*_~[\]<>&|#$^]/g;
const bareLink = /(?<=https?|ftp):(?=\/\/)|(?<=\bwww)\./gi;
function escapeMarkdown(text) {
    const lines = text.toWellFormed().split(/\r\n|[\r\n\u2028\u2029]/);
    return lines.map((line) => escapeLine(line.trim())).join("<br>");
}
function escapeLine(line) {
    return line
        .replace(/\p{Cc}|[\u202A-\u202E\u2066-\u2069]/gu, " ")
        .replace(markup, reference)
        .replace(bareLink, reference);
}
function reference(character) {
    return `&#${character.codePointAt(0) ?? 0};`;
}
function linkOrText(text) {
    const isAddress = /^https?:\/\/[\w.:/?=%~,;@+-]+$/.test(text);
    return isAddress ? `<${text}>` : escapeMarkdown(text);
}


/***/ }),

/***/ 5727:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   $6: () => (/* binding */ textAt),
/* harmony export */   S3: () => (/* binding */ itemsOf),
/* harmony export */   mz: () => (/* binding */ memberAt),
/* harmony export */   qF: () => (/* binding */ parseJson)
/* harmony export */ });
function parseJson(text) {
    try {
        return JSON.parse(text);
    }
    catch {
        return undefined;
    }
}
function memberAt(value, ...path) {
    let found = value;
    for (const name of path) {
        if (typeof found !== "object" || found === null || !Object.hasOwn(found, name))
            return undefined;
        found = found[name];
    }
    return found;
}
function textAt(value, ...path) {
    const found = memberAt(value, ...path);
    return typeof found === "string" ? found : "";
}
function itemsOf(value) {
    return Array.isArray(value) ? value : [];
}


/***/ }),

/***/ 4544:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   T: () => (/* binding */ oneLine)
/* harmony export */ });
const unprintable = /[\p{Cc}\u2028\u2029\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]+/gu;
function oneLine(text, max = Number.POSITIVE_INFINITY) {
    const line = text.toWellFormed().replace(unprintable, " ").replace(/\s+/gu, " ").trim();
    if (line.length <= max)
        return line;
    const characters = Array.from(line);
    return characters.length <= max
        ? line
        : `${characters
            .slice(0, max - 1)
            .join("")
            .trimEnd()}…`;
}


/***/ }),

/***/ 4268:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   D: () => (/* binding */ parseSize),
/* harmony export */   X: () => (/* binding */ formatSize)
/* harmony export */ });
const decimal = { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
const binary = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };
const units = { ...decimal, ...binary };
function parseSize(text) {
    const match = /^(\d{1,12}(?:\.\d{1,3})?) ?([kKMGT]?i?B)$/.exec(text);
    const factor = units[match?.[2] ?? ""];
    return factor === undefined ? undefined : Math.round(Number(match?.[1]) * factor);
}
function formatSize(bytes) {
    if (bytes < 1024)
        return `${Math.round(bytes)} B`;
    for (const [unit, factor] of Object.entries(binary)) {
        const tenths = Math.round((bytes / factor) * 10);
        if (tenths < 10_240 || unit === "TiB")
            return `${(tenths / 10).toFixed(1)} ${unit}`;
    }
    throw new RangeError("unreachable: the largest unit takes all");
}


/***/ }),

/***/ 7260:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   g: () => (/* binding */ openActionsLog)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(7598);
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(8524);


const longestAnnotation = 4096;
function openActionsLog(clock) {
    return new ActionsLog(clock);
}
class ActionsLog {
    #clock;
    #start;
    #inGroup = false;
    #resume;
    #unfinished = "";
    constructor(clock) {
        this.#clock = clock;
        this.#start = clock.monotonic();
    }
    info(line) {
        this.#endOutput();
        for (const one of line.split(/\r\n|\n|\r/))
            _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .info */ .pq(disarm(`${this.#stamp()} ${one}`));
    }
    notice(message) {
        this.#endOutput();
        _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .notice */ .lm(cut(message));
    }
    warning(message, annotation) {
        this.#endOutput();
        _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .warning */ .$e(cut(message), propertiesOf(annotation));
    }
    error(message, annotation) {
        this.#endOutput();
        _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .error */ .z3(cut(message), propertiesOf(annotation));
    }
    debug(message) {
        this.#endOutput();
        _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .debug */ .Yz(message);
    }
    startGroup(title) {
        this.endGroup();
        _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .startGroup */ .Oh(`${this.#stamp()} ${title}`);
        this.#inGroup = true;
    }
    endGroup() {
        this.#endOutput();
        if (this.#inGroup)
            _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .endGroup */ .N4();
        this.#inGroup = false;
    }
    output(text) {
        if (text === "")
            return;
        this.#beginOutput();
        const whole = this.#unfinished + text;
        const lines = whole.split(/\r\n|\n|\r(?!$)/);
        this.#unfinished = lines.pop() ?? "";
        if (lines.length > 0)
            _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .info */ .pq(lines.map((line) => `  ${line}`).join("\n"));
    }
    mask(secret) {
        this.#endOutput();
        _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .setSecret */ .Pq(secret);
    }
    #stamp() {
        const seconds = Math.floor((this.#clock.monotonic() - this.#start) / 1000);
        const two = (number) => String(number).padStart(2, "0");
        return `[${two(Math.floor(seconds / 60))}:${two(seconds % 60)}]`;
    }
    #beginOutput() {
        if (this.#resume !== undefined)
            return;
        this.#resume = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomUUID)();
        _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .info */ .pq(`::stop-commands::${this.#resume}`);
    }
    #endOutput() {
        if (this.#resume === undefined)
            return;
        const rest = this.#unfinished.replace(/\r$/, "");
        if (rest !== "")
            _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .info */ .pq(`  ${rest}`);
        _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .info */ .pq(`::${this.#resume}::`);
        this.#unfinished = "";
        this.#resume = undefined;
    }
}
function disarm(line) {
    return line.replaceAll("##[", "# #[");
}
function propertiesOf({ place, title } = {}) {
    return {
        ...(title !== undefined && { title }),
        ...(place && { file: place.file }),
        ...(place?.line !== undefined && { startLine: place.line }),
    };
}
function cut(message) {
    return message.length <= longestAnnotation
        ? message
        : `${message.slice(0, longestAnnotation - 1)}…`;
}


/***/ }),

/***/ 1766:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  O: () => (/* binding */ openChecksRunner)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __nccwpck_require__(1455);
// EXTERNAL MODULE: ./node_modules/@actions/core/lib/core.js + 5 modules
var core = __nccwpck_require__(8524);
// EXTERNAL MODULE: ./src/kit/json.js
var json = __nccwpck_require__(5727);
;// CONCATENATED MODULE: ./src/platform/runner.js



const longestSummary = 1 << 20;
function openRunner(log) {
    return {
        run: runFacts(process.env),
        event: () => readEvent(process.env["GITHUB_EVENT_PATH"]),
        input: (name) => core/* getInput */.V4(name),
        inputNames: inputNames(process.env),
        signal: cancelSignal(),
        setOutput: core/* setOutput */.uH,
        isPost: process.argv[2] === "post",
        saveState: core/* saveState */.LZ,
        state: core/* getState */.Gu,
        addSummary: (markdown) => addSummary(process.env["GITHUB_STEP_SUMMARY"], markdown, log),
        fail: () => void (process.exitCode = 1),
    };
}
function runFacts(env) {
    const fact = (name) => env[`GITHUB_${name}`] ?? "";
    const [server, repository, id] = [fact("SERVER_URL"), fact("REPOSITORY"), fact("RUN_ID")];
    const attempt = fact("RUN_ATTEMPT");
    const page = `${server}/${repository}/actions/runs/${id}`;
    return {
        sha: fact("SHA"),
        ref: fact("REF"),
        actor: fact("ACTOR"),
        url: id === "" ? "" : attempt === "" || attempt === "1" ? page : `${page}/attempts/${attempt}`,
        id,
        attempt,
        repository,
        workspace: fact("WORKSPACE"),
        server,
        api: fact("API_URL"),
        workflow: fact("WORKFLOW"),
        workflowRef: fact("WORKFLOW_REF"),
        job: fact("JOB"),
        refName: fact("HEAD_REF") || fact("REF_NAME"),
        eventName: fact("EVENT_NAME"),
        number: fact("RUN_NUMBER"),
        temp: env["RUNNER_TEMP"] ?? "",
    };
}
async function readEvent(path) {
    if (path === undefined || path === "")
        return undefined;
    return (0,json/* parseJson */.qF)(await (0,promises_.readFile)(path, "utf8").catch(() => ""));
}
function inputNames(env) {
    const prefix = "INPUT_";
    const names = Object.keys(env).filter((name) => name.startsWith(prefix));
    return names.map((name) => name.slice(prefix.length).toLowerCase());
}
function cancelSignal() {
    const cancel = new AbortController();
    for (const name of ["SIGINT", "SIGTERM"]) {
        process.on(name, () => cancel.abort(new Error(`the runner sent ${name}`)));
    }
    return cancel.signal;
}
async function addSummary(file, markdown, log) {
    if (file === undefined || file === "") {
        log.debug("the runner takes no summary");
        return;
    }
    try {
        const { size } = await (0,promises_.stat)(file);
        if (size + Buffer.byteLength(markdown) > longestSummary) {
            log.warning("The job summary was left out: it would be longer than the 1 MiB that GitHub shows.");
        }
        else {
            await (0,promises_.appendFile)(file, markdown.endsWith("\n") ? markdown : `${markdown}\n`);
        }
    }
    catch (failure) {
        log.warning(`The job summary could not be written: ${failure instanceof Error ? failure.message : String(failure)}`);
    }
}

// EXTERNAL MODULE: ./src/platform/system-clock.js
var system_clock = __nccwpck_require__(6128);
;// CONCATENATED MODULE: ./src/platform/open-checks.js


function openChecksRunner(log, home) {
    const { env } = process;
    return {
        ...openRunner(log),
        clock: system_clock/* systemClock */.m,
        log,
        variable: (name) => env[name] ?? "",
        temp: env["RUNNER_TEMP"] || env["TMPDIR"] || "/tmp",
        home,
        machine: `${process.platform}-${process.arch}`,
        openChildren: async () => {
            const { systemChildren } = await __nccwpck_require__.e(/* import() */ 576).then(__nccwpck_require__.bind(__nccwpck_require__, 9576));
            return systemChildren(env);
        },
        openCache: async () => {
            const { openActionsCache } = await __nccwpck_require__.e(/* import() */ 848).then(__nccwpck_require__.bind(__nccwpck_require__, 7848));
            return openActionsCache(env);
        },
    };
}


/***/ }),

/***/ 6128:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   m: () => (/* binding */ systemClock)
/* harmony export */ });
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(8500);

const systemClock = {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: async (ms, signal) => {
        try {
            await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setTimeout)(ms, undefined, signal === undefined ? {} : { signal });
        }
        catch (failure) {
            signal?.throwIfAborted();
            throw failure;
        }
    },
};


/***/ }),

/***/ 6520:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  R: () => (/* binding */ action_act)
});

// UNUSED EXPORTS: actionName

// EXTERNAL MODULE: ./src/kit/errors.js
var errors = __nccwpck_require__(9858);
// EXTERNAL MODULE: ./src/kit/duration.js
var duration = __nccwpck_require__(1429);
;// CONCATENATED MODULE: ./src/kit/env-lines.js
const variableNames = {
    pattern: /^[A-Za-z_][A-Za-z0-9_]*$/,
    words: "letters, digits and _",
};
function parseEnvLines(text, names = variableNames) {
    const lines = text.split(/\r?\n/);
    const values = new Map();
    const problems = [];
    for (let at = 0; at < lines.length;) {
        const line = lines[at]?.trimStart() ?? "";
        const read = line === "" || line.startsWith("#") ? 1 : readVariable(lines, at, names, values);
        if (typeof read === "string")
            problems.push(`line ${at + 1}: ${read}`);
        at += typeof read === "number" ? read : 1;
    }
    return { values: [...values].map(([name, value]) => ({ name, value })), problems };
}
function readVariable(lines, at, names, values) {
    const match = /^\s*(?:export\s+)?([^=\s]+)=(.*)$/s.exec(lines[at] ?? "");
    const [, name = "", start = ""] = match ?? [];
    if (!names.pattern.test(name))
        return `not of the form NAME=value, with a name of ${names.words}`;
    if (name.startsWith("BELAY_"))
        return `\`${name}\` is reserved: names with BELAY_ are set by Belay`;
    const value = readValue([start, ...lines.slice(at + 1)]);
    if (typeof value === "string")
        return `the value of \`${name}\` ${value}`;
    if (value.text.includes("\0"))
        return `the value of \`${name}\` holds a NUL character`;
    if (values.has(name))
        return `\`${name}\` is given twice`;
    values.set(name, value.text);
    return value.lines;
}
function readValue(lines) {
    const [first = ""] = lines;
    if (first.startsWith('"'))
        return readQuoted(lines, /^"((?:[^"\\]|\\.)*)"/s, '"', env_lines_unescape);
    if (first.startsWith("'"))
        return readQuoted(lines, /^'([^']*)'/, "'", (text) => text);
    return { text: first, lines: 1 };
}
function readQuoted(lines, pattern, quote, decode) {
    const rest = lines.join("\n");
    const match = pattern.exec(rest);
    if (match === null)
        return `begins with ${quote} and has no closing ${quote}`;
    const [whole, inner = ""] = match;
    const after = rest.slice(whole.length).split("\n", 1)[0] ?? "";
    if (after.trim() !== "")
        return `goes on after its closing ${quote}`;
    return { text: decode(inner), lines: whole.split("\n").length };
}
const escapes = {
    n: "\n",
    t: "\t",
    '"': '"',
    "\\": "\\",
    $: "$",
};
function env_lines_unescape(text) {
    return text.replaceAll(/\\(.)/gs, (whole, character) => escapes[character] ?? whole);
}

;// CONCATENATED MODULE: ./src/kit/input-problem.js

const longestQuote = 80;
function inputProblem(name, value, { secret, accepted, example }) {
    const shown = secret === true ? "***" : quoted(value);
    const is = value === "" ? "is empty" : `is ${shown}`;
    const message = `\`${name}\` ${is}; accepted: ${accepted}`;
    return new errors/* BelayError */.oT("config", message, `Write for example \`${name}: ${example}\`.`);
}
function emptySecret(name, environment) {
    const where = environment === undefined ? "the environment" : `the environment \`${environment}\``;
    const why = `${where} has no such secret, or the job does not name the environment`;
    const remedy = "Add the secret where the job can read it, and give the job `environment:`.";
    return new errors/* BelayError */.oT("config", `\`${name}\` is empty: ${why}`, remedy);
}
function envProblem(name, problem) {
    const remedy = "Give one NAME=value a line; a value of several lines stands between double quotes.";
    return new errors/* BelayError */.oT("config", `\`${name}\`, ${problem}`, remedy);
}
function range(min, max) {
    if (min !== undefined && max !== undefined)
        return ` from ${min} to ${max}`;
    if (min !== undefined)
        return `, at least ${min}`;
    return max === undefined ? "" : `, at most ${max}`;
}
function quoted(text) {
    return JSON.stringify(text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text);
}

;// CONCATENATED MODULE: ./src/kit/mask.js
const trivialLength = 3;
function maskSecret(secret, mask) {
    const lines = secret.split(/\r?\n/).map((line) => line.trim());
    if (lines.length === 1) {
        if (secret !== "")
            mask(secret);
        return;
    }
    for (const line of lines)
        maskPart(line, mask);
}
function maskPart(part, mask) {
    if (part.length > trivialLength)
        mask(part);
}

// EXTERNAL MODULE: ./src/kit/size.js
var size = __nccwpck_require__(4268);
;// CONCATENATED MODULE: ./src/kit/inputs.js






const booleans = {
    true: true,
    True: true,
    TRUE: true,
    false: false,
    False: false,
    FALSE: false,
};
class InputReader {
    #raw;
    #mask;
    #prefix;
    #environment;
    #problems = [];
    constructor(raw, mask, prefix = "", environment) {
        this.#raw = raw;
        this.#mask = mask;
        this.#prefix = prefix;
        this.#environment = environment;
    }
    under(prefix) {
        const reader = new InputReader(this.#raw, this.#mask, this.#prefix + prefix, this.#environment);
        reader.#problems = this.#problems;
        return reader;
    }
    part(prefix, given) {
        return new InputReader(partOf(this.#raw, prefix, given), this.#mask, prefix, this.#environment);
    }
    has(name) {
        return this.#value(name) !== "";
    }
    text(name, options = {}) {
        const value = this.#value(name);
        const fallback = options.default ?? "";
        if (value === "") {
            if (options.required === true)
                this.#missing(name, options);
            return fallback;
        }
        const accepted = options.accepted ?? "one line of text";
        const example = options.example ?? (fallback === "" ? "text" : fallback);
        const fits = !/[\r\n]/.test(value) && (options.pattern?.test(value) ?? true);
        if (fits)
            return value;
        this.problem(name, { accepted, example });
        return fallback;
    }
    block(name) {
        return this.#value(name).trimEnd();
    }
    secret(name, options = {}) {
        const value = this.#value(name);
        maskSecret(value, this.#mask);
        if (value === "" && options.required === true)
            this.#problems.push(emptySecret(prefixed(this.#prefix, name), this.#environment));
        return value;
    }
    env(name, names) {
        const { values, problems } = parseEnvLines(this.secret(name), names);
        for (const { value } of values) {
            maskPart(value, this.#mask);
            for (const line of value.split("\n"))
                maskPart(line.trim(), this.#mask);
        }
        for (const problem of problems)
            this.#problems.push(envProblem(prefixed(this.#prefix, name), problem));
        return values;
    }
    integer(name, options) {
        return this.#number(name, /^-?\d{1,15}$/, "a whole number", options) ?? options.default;
    }
    number(name, options = {}) {
        return this.#number(name, /^-?\d{1,15}(\.\d{1,15})?$/, "a number", options);
    }
    duration(name, options) {
        const fallback = (0,duration/* parseDuration */.E)(options.default) ?? 0;
        const value = this.#value(name);
        if (value === "")
            return fallback;
        const given = (0,duration/* parseDuration */.E)(value);
        const low = (0,duration/* parseDuration */.E)(options.min ?? "") ?? 0;
        const high = (0,duration/* parseDuration */.E)(options.max ?? "") ?? Infinity;
        if (given !== undefined && given >= low && given <= high)
            return given;
        const accepted = `a duration in ms, s, m or h${range(options.min, options.max)}`;
        this.problem(name, { accepted, example: options.default });
        return fallback;
    }
    size(name, options = {}) {
        const value = this.#value(name) || (options.default ?? "");
        if (value === "")
            return undefined;
        const given = (0,size/* parseSize */.D)(value);
        if (given === undefined) {
            this.problem(name, {
                accepted: "a size in B, kB, MB, GB, KiB, MiB or GiB",
                example: options.default ?? "300MB",
            });
        }
        return given;
    }
    boolean(name, fallback) {
        const value = this.#value(name);
        if (value === "")
            return fallback;
        const given = Object.hasOwn(booleans, value) ? booleans[value] : undefined;
        if (given === undefined)
            this.problem(name, { accepted: "true or false", example: String(fallback) });
        return given ?? fallback;
    }
    choice(name, values, fallback) {
        const value = this.#value(name);
        if (value === "")
            return fallback;
        const given = values.find((one) => one === value);
        if (given === undefined)
            this.problem(name, { accepted: `one of ${values.join(", ")}`, example: fallback });
        return given ?? fallback;
    }
    lines(name) {
        const lines = this.#value(name)
            .split(/\r?\n/)
            .map((line) => line.trim());
        return lines.filter((line) => line !== "" && !line.startsWith("#"));
    }
    problem(name, problem) {
        const value = problem.given ?? this.#value(name);
        this.#problems.push(inputProblem(prefixed(this.#prefix, name), value, problem));
    }
    problemInside(name, what, remedy) {
        const message = `\`${prefixed(this.#prefix, name)}\`, ${what}`;
        this.#problems.push(new errors/* BelayError */.oT("config", message, remedy));
    }
    finish() {
        const [first, ...also] = this.#problems;
        if (first !== undefined)
            throw new errors/* BelayError */.oT("config", first.message, first.remedy, { also });
    }
    #value(name) {
        return this.#raw(prefixed(this.#prefix, name));
    }
    #missing(name, options) {
        this.problem(name, {
            accepted: options.accepted ?? "it is required",
            example: options.example ?? "text",
        });
    }
    #number(name, pattern, kind, { default: fallback, min, max }) {
        const value = this.#value(name);
        if (value === "")
            return fallback;
        const given = Number(value);
        if (pattern.test(value) && given >= (min ?? -Infinity) && given <= (max ?? Infinity))
            return given;
        this.problem(name, {
            accepted: `${kind}${range(min, max)}`,
            example: String(fallback ?? min ?? 1),
        });
        return fallback;
    }
}
function partOf(raw, prefix, given) {
    return (name) => given[name.slice(prefix.length)] ?? raw(name);
}
function prefixed(prefix, name) {
    return name.startsWith(prefix) ? name : prefix + name;
}

;// CONCATENATED MODULE: ./src/kit/redact.js
const urlPassword = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):([^\s/?#]+)@/gi;
const shapes = [
    /\bgh[pousr]_[A-Za-z0-9]{20,}/g,
    /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
    /\bxox[a-z]-[A-Za-z0-9-]{10,}/g,
    /\bxapp-[A-Za-z0-9-]{10,}/g,
    /\bsntry[su]_[A-Za-z0-9+/=_-]{20,}/g,
    /\bA(?:KIA|SIA)[A-Z0-9]{16}\b/g,
    /https:\/\/hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/_-]+/g,
    /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];
const redact_hidden = "***";
function redactor(secrets) {
    const longestFirst = secrets.filter((one) => one !== "").sort((a, b) => b.length - a.length);
    return (text) => {
        const known = longestFirst.reduce((rest, secret) => rest.replaceAll(secret, redact_hidden), text);
        const named = known.replace(urlPassword, `$1:${redact_hidden}@`);
        return shapes.reduce((rest, shape) => rest.replace(shape, redact_hidden), named);
    };
}

;// CONCATENATED MODULE: ./src/kit/peer-inputs.js
const peerInputs = new Map([
    ["key", ["private-key"]],
    ["key_path", ["private-key"]],
    ["ssh_key", ["private-key"]],
    ["ssh_private_key", ["private-key"]],
    ["privatekey", ["private-key"]],
    ["remote_key", ["private-key"]],
    ["remote_key_pass", ["passphrase"]],
    ["ssh_passphrase", ["passphrase"]],
    ["ssh_pass", ["password"]],
    ["remote_host", ["host"]],
    ["ssh_host", ["host"]],
    ["hostname", ["host"]],
    ["server", ["host"]],
    ["remote_user", ["username"]],
    ["ssh_user", ["username"]],
    ["user", ["username"]],
    ["remote_port", ["port"]],
    ["ssh_port", ["port"]],
    ["fingerprint", ["host-fingerprint"]],
    ["ssh_known_hosts", ["known-hosts"]],
    ["proxy_host", ["jump-host"]],
    ["proxy_username", ["jump-host"]],
    ["proxy_port", ["jump-host"]],
    ["proxy_key", ["jump-private-key"]],
    ["proxy_fingerprint", ["known-hosts"]],
    ["timeout", ["connect-timeout"]],
    ["command_timeout", ["health-timeout"]],
    ["envs", ["env"]],
    ["script", ["restart"]],
    ["script_before", ["before"]],
    ["script_after", ["after"]],
    ["source", ["files"]],
    ["exclude", ["files"]],
    ["target", ["path"]],
    ["remote_path", ["path"]],
    ["dist", ["path"]],
    ["database", ["database-url"]],
    ["health_check", ["health-url"]],
    ["keep", ["keep-releases"]],
]);

;// CONCATENATED MODULE: ./src/kit/unknown-inputs.js

function unknownInputs(action, present, known) {
    return present.flatMap((name) => {
        const meant = known.includes(name) ? undefined : whatIsMeant(name, known);
        return meant === undefined
            ? []
            : [`\`${name}\` is not an input of ${action}: did you mean \`${meant}\`?`];
    });
}
function whatIsMeant(name, known) {
    const hyphenated = name.replaceAll(/[_ ]/g, "-");
    const peer = peerInputs
        .get(hyphenated.replaceAll("-", "_"))
        ?.find((input) => known.includes(input));
    return known.find((input) => input === hyphenated) ?? peer ?? nearest(hyphenated, known);
}
function nearest(name, known) {
    const limit = Math.min(3, Math.floor(name.length / 4));
    const rated = known.map((input) => ({ input, changes: distance(name, input) }));
    return rated.filter(({ changes }) => changes <= limit).sort((a, b) => a.changes - b.changes)[0]
        ?.input;
}
function distance(from, to) {
    let row = Array.from({ length: to.length + 1 }, (_, at) => at);
    for (const [line, letter] of from.split("").entries()) {
        const next = [line + 1];
        for (const [at, other] of to.split("").entries()) {
            const replaced = (row[at] ?? 0) + (letter === other ? 0 : 1);
            next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
        }
        row = next;
    }
    return row.at(-1) ?? 0;
}

;// CONCATENATED MODULE: ./src/checks/redact-verdict.js
function redactVerdict(verdict, redact) {
    const { newFailures } = verdict;
    return {
        ...verdict,
        results: verdict.results.map((result) => redactResult(result, redact)),
        ...(newFailures && { newFailures: newFailures.map((test) => redactTest(test, redact)) }),
    };
}
function redactResult(result, redact) {
    const { tests } = result;
    return {
        ...result,
        reason: redact(result.reason),
        findings: result.findings.map((finding) => ({
            ...finding,
            message: redact(finding.message),
        })),
        ...(tests && { tests: tests.map((test) => redactTest(test, redact)) }),
    };
}
function redactTest(test, redact) {
    const { message, detail } = test;
    return {
        ...test,
        name: redact(test.name),
        ...(message !== undefined && { message: redact(message) }),
        ...(detail !== undefined && { detail: redact(detail) }),
    };
}

;// CONCATENATED MODULE: ./src/kit/annotate.js
const mostAnnotations = 10;
function annotate(error, log) {
    const all = [error, ...error.also];
    for (const { message, remedy, place } of all.slice(0, mostAnnotations))
        log.error(`${message}. ${remedy}`, place && { place });
    for (const { message, remedy } of all.slice(mostAnnotations))
        log.info(`${message}. ${remedy}`);
    if (error.cause instanceof Error) {
        log.info(`cause: ${error.cause.message}`);
        log.debug(error.cause.stack ?? "");
    }
    log.debug(error.stack ?? "");
}

// EXTERNAL MODULE: ./src/kit/one-line.js
var one_line = __nccwpck_require__(4544);
;// CONCATENATED MODULE: ./src/kit/report.js

const maxBytes = 3000;
const textLimits = [2000, 500, 200, 80, 30];
const droppingFrom = 200;
function reportJson(report) {
    if (fits(report))
        return JSON.stringify(report);
    let cut = report;
    for (const limit of textLimits) {
        cut = shortened(report, limit);
        if (limit <= droppingFrom)
            while (!fits(cut) && isDroppable(cut))
                cut = withOneLess(cut);
        if (fits(cut))
            break;
    }
    return JSON.stringify(cut);
}
function fits(report) {
    return new TextEncoder().encode(JSON.stringify(JSON.stringify(report))).byteLength <= maxBytes;
}
function shortened(report, limit) {
    const short = (text) => (0,one_line/* oneLine */.T)(text, limit);
    const { error } = report;
    return {
        ...report,
        action: short(report.action),
        status: short(report.status),
        title: short(report.title),
        facts: report.facts.map(({ name, value }) => ({ name: short(name), value: short(value) })),
        steps: report.steps.map((step) => ({ ...step, name: short(step.name) })),
        ...(error && {
            error: { ...error, message: short(error.message), remedy: short(error.remedy) },
        }),
    };
}
function isDroppable({ facts, steps }) {
    return facts.length + steps.length > 0;
}
function withOneLess(report) {
    const { facts, steps } = report;
    if (facts.length > 0)
        return { ...report, facts: facts.slice(0, -1) };
    const lastGood = steps.findLastIndex((step) => step.status !== "failed");
    return { ...report, steps: steps.toSpliced(lastGood === -1 ? steps.length - 1 : lastGood, 1) };
}

// EXTERNAL MODULE: ./src/kit/escape-markdown.js
var escape_markdown = __nccwpck_require__(8094);
;// CONCATENATED MODULE: ./src/kit/escape-mermaid.js

function escapeMermaid(text) {
    return (0,one_line/* oneLine */.T)(text.replace(/[^\p{L}\p{M}\p{N} ._/()+@-]/gu, " "), 40) || "step";
}

;// CONCATENATED MODULE: ./src/kit/gantt.js


function bars(steps, startedAt) {
    const start = Date.parse(startedAt);
    return steps.map((step, index) => {
        const offset = Date.parse(step.startedAt) - start;
        return { number: index + 1, step, offsetMs: Number.isFinite(offset) ? Math.max(0, offset) : 0 };
    });
}
const looks = {
    ok: "done",
    failed: "crit",
    undone: "active",
};
function mermaidGantt(all) {
    const tasks = all.flatMap(task);
    if (tasks.length === 0)
        return undefined;
    const head = [
        "gantt",
        "dateFormat YYYY-MM-DD HH:mm:ss.SSS",
        "axisFormat %H:%M:%S",
        "todayMarker off",
    ];
    return ["```mermaid", ...head, ...tasks, "```"].join("\n");
}
function task({ number, step, offsetMs }) {
    if (step.status === "skipped")
        return [];
    const label = `${number} ${escapeMermaid(step.name)} (${(0,duration/* formatDuration */.a)(step.durationMs)})`;
    const start = new Date(Date.UTC(2000, 0, 1) + offsetMs)
        .toISOString()
        .replace("T", " ")
        .replace("Z", "");
    return [
        `${label} :${looks[step.status]}, s${number}, ${start}, ${Math.max(1, Math.round(step.durationMs))}ms`,
    ];
}

;// CONCATENATED MODULE: ./src/kit/summary.js



function summaryMarkdown(report, more = []) {
    const placed = bars(report.steps, report.startedAt);
    const parts = [
        verdict(report),
        failure(report),
        factTable(report.facts),
        mermaidGantt(placed),
        stepTable(placed),
        ...more,
    ];
    return `${parts.filter((part) => part !== undefined && part !== "").join("\n\n")}\n`;
}
function verdict({ action, status, title, error }) {
    const sign = error === undefined ? "✅" : "❌";
    return `### ${sign} ${(0,escape_markdown/* escapeMarkdown */.F)(action)}: ${(0,escape_markdown/* escapeMarkdown */.F)(status)} – ${(0,escape_markdown/* escapeMarkdown */.F)(title)}`;
}
function failure({ error }) {
    if (error === undefined)
        return undefined;
    const what = `**What happened** (${error.code}): ${(0,escape_markdown/* escapeMarkdown */.F)(error.message)}`;
    return `${what}\n\n**What to do:** ${(0,escape_markdown/* escapeMarkdown */.F)(error.remedy)}`;
}
function factTable(facts) {
    if (facts.length === 0)
        return undefined;
    const rows = facts.map(({ name, value }) => `| ${(0,escape_markdown/* escapeMarkdown */.F)(name)} | ${(0,escape_markdown/* linkOrText */.H)(value)} |`);
    return ["| Fact | Value |", "| --- | --- |", ...rows].join("\n");
}
function stepTable(placed) {
    if (placed.length === 0)
        return undefined;
    return [
        "| # | Step | Result | Began after | Took |",
        "| ---: | --- | --- | ---: | ---: |",
        ...placed.map(row),
    ].join("\n");
}
function row({ number, step, offsetMs }) {
    const times = step.status === "skipped"
        ? ["–", "–"]
        : [(0,duration/* formatDuration */.a)(offsetMs), (0,duration/* formatDuration */.a)(step.durationMs)];
    return `| ${[number, (0,escape_markdown/* escapeMarkdown */.F)(step.name), step.status, ...times].join(" | ")} |`;
}

;// CONCATENATED MODULE: ./src/checks/annotate-findings.js
const mostOfALevel = 10;
function annotateFindings(results, log) {
    const all = results.flatMap((result) => findingsOf(result));
    for (const level of ["error", "warning"]) {
        const ranked = rank(all.filter(({ finding }) => finding.level === level));
        const fits = ranked.length <= mostOfALevel ? ranked.length : mostOfALevel - 1;
        for (const { check, finding } of ranked.slice(0, fits))
            log[level](finding.message, { title: check, ...(finding.place && { place: finding.place }) });
        const more = ranked.length - fits;
        if (more > 0)
            log[level](`${more} more are in the job summary`);
    }
}
function findingsOf({ name, status, reason, findings }) {
    const lacks = status === "failed" && !findings.some(({ level }) => level === "error");
    const own = lacks ? [{ level: "error", message: reason || "failed" }] : [];
    return [...own, ...findings].map((finding) => ({ check: name, finding }));
}
function rank(found) {
    return [
        ...found.filter(({ finding }) => finding.place !== undefined),
        ...found.filter(({ finding }) => finding.place === undefined),
    ];
}

// EXTERNAL MODULE: ./src/checks/changed-coverage.js
var changed_coverage = __nccwpck_require__(8069);
// EXTERNAL MODULE: ./src/checks/coverage.js
var checks_coverage = __nccwpck_require__(5458);
// EXTERNAL MODULE: ./src/checks/test-outcome.js
var test_outcome = __nccwpck_require__(5593);
// EXTERNAL MODULE: ./src/checks/verdict.js
var checks_verdict = __nccwpck_require__(7527);
;// CONCATENATED MODULE: ./src/checks/summary-parts.js




const mostBytes = 900 << 10;
const slowestShown = 10;
function summaryParts(verdict) {
    const tests = (0,checks_verdict/* testsOf */.V)(verdict);
    return withinLimit([
        ...verdict.results.flatMap(findingParts),
        ...newFailurePart(verdict),
        ...listPart("Flaky tests (they passed when tried again)", tests.filter(({ flaky }) => flaky)),
        ...slowestPart(tests),
        ...(verdict.sections ?? []),
    ]);
}
function withinLimit(parts) {
    let bytes = 0;
    const kept = parts.filter((part) => (bytes += Buffer.byteLength(part) + 2) <= mostBytes);
    const left = parts.length - kept.length;
    return left === 0 ? kept : [...kept, `${left} more parts are in the log of the step.`];
}
function findingParts({ name, status, reason, findings, tests }) {
    if (status === "passed" && findings.length === 0)
        return [];
    const sign = { failed: "❌", skipped: "⏭️", passed: "⚠️" }[status];
    const head = `#### ${sign} ${(0,escape_markdown/* escapeMarkdown */.F)(name)}${reason === "" ? "" : ` – ${(0,escape_markdown/* escapeMarkdown */.F)(reason)}`}`;
    const failures = (tests ?? []).filter(({ outcome }) => outcome === "failed");
    const named = new Set(failures.map(test_outcome/* failureText */.kY));
    const others = findings.filter(({ message }) => !named.has(message));
    return [head, ...others.map(findingLine), ...failures.map(failurePart)];
}
function findingLine({ level, message, place }) {
    return `- ${level === "error" ? "❌" : "⚠️"} ${placeText(place)}${(0,escape_markdown/* escapeMarkdown */.F)(message)}`;
}
function failurePart({ name, place, message = "failed", detail }) {
    const line = `- ❌ ${(0,escape_markdown/* escapeMarkdown */.F)(name)} ${placeText(place)}${(0,escape_markdown/* escapeMarkdown */.F)(message)}`;
    if (detail === undefined)
        return line;
    const summary = `<details><summary>${(0,escape_markdown/* escapeMarkdown */.F)(name)}: all of it</summary>`;
    return `${line}\n\n${summary}\n\n${fenced(detail)}\n\n</details>`;
}
function fenced(text) {
    const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
    const fence = "`".repeat(longest + 1);
    return `${fence}text\n${text.toWellFormed()}\n${fence}`;
}
function placeText(place) {
    if (place === undefined)
        return "";
    const line = place.line === undefined ? "" : `:${place.line}`;
    return `${(0,escape_markdown/* escapeMarkdown */.F)(place.file + line)}: `;
}
function newFailurePart({ newFailures }) {
    return newFailures === undefined
        ? []
        : listPart("New failures (they passed in the previous run of the branch)", newFailures);
}
function listPart(title, tests) {
    if (tests.length === 0)
        return [];
    return [`#### ${title}`, ...tests.map(({ name }) => `- ${(0,escape_markdown/* escapeMarkdown */.F)(name)}`)];
}
function slowestPart(tests) {
    const slowest = tests.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, slowestShown);
    if (slowest.length === 0)
        return [];
    const rows = slowest.map(({ name, durationMs }) => `| ${(0,escape_markdown/* escapeMarkdown */.F)(name)} | ${(0,duration/* formatDuration */.a)(durationMs)} |`);
    return ["#### Slowest tests", ["| Test | Took |", "| --- | ---: |", ...rows].join("\n")];
}

;// CONCATENATED MODULE: ./src/checks/report-verdict.js










async function report(verdict, platform, manner) {
    const { log, clock } = platform;
    const durationMs = Math.round(clock.monotonic() - manner.start.monotonic);
    const whole = withCoverage(verdict, manner.minCoverage);
    const error = whole.error ?? errorOf(whole);
    const told = reportOf(whole, error, manner);
    if (whole.error !== undefined)
        annotate(whole.error, log);
    annotateFindings(whole.results, log);
    const always = { "duration-ms": String(durationMs), report: reportJson(told) };
    for (const [name, value] of Object.entries({ ...outputsOf(whole, error), ...always }))
        platform.setOutput(name, value);
    if (manner.summary)
        await platform.addSummary(summaryMarkdown(told, summaryParts(whole)));
    if (error !== undefined)
        platform.fail();
    log.info(`${told.status}: ${told.title} (${(0,duration/* formatDuration */.a)(durationMs)})`);
}
function withCoverage(verdict, minCoverage) {
    const { coverage, changed, results } = verdict;
    const uncovered = changed === undefined ? [] : (0,changed_coverage/* uncoveredFindings */.e)(changed);
    if (verdict.error !== undefined || (minCoverage === undefined && uncovered.length === 0))
        return verdict;
    const percent = coverage && (0,checks_coverage/* percentCovered */.M)(coverage);
    const problem = coverageProblem(percent, minCoverage);
    const check = {
        name: "coverage",
        status: problem === "" ? "passed" : "failed",
        reason: problem,
        findings: uncovered,
        startedAt: "",
        durationMs: 0,
    };
    return { ...verdict, results: [...results, check] };
}
function coverageProblem(percent, wanted) {
    if (wanted === undefined)
        return "";
    if (percent === undefined)
        return `not measured, and \`min-coverage\` wants ${wanted} %`;
    return percent >= wanted ? "" : `${percentText(percent)}, and \`min-coverage\` wants ${wanted} %`;
}
function percentText(percent) {
    return `${(Math.floor(percent * 10 + 1e-9) / 10).toFixed(1)} %`;
}
function errorOf(verdict) {
    const failed = (0,checks_verdict/* failedChecks */.H)(verdict);
    if (failed.length === 0)
        return undefined;
    const names = failed.map(({ name }) => name).join(", ");
    const message = `${failed.length} of ${verdict.results.length} checks failed: ${names}`;
    const remedy = "Each failure is an annotation, or stands in the job summary.";
    return new errors/* BelayError */.oT("checks-failed", message, remedy);
}
function outputsOf(verdict, error) {
    const tests = (0,checks_verdict/* testsOf */.V)(verdict);
    const count = (outcome) => String(tests.filter((test) => test.outcome === outcome).length);
    const percent = verdict.coverage && (0,checks_coverage/* percentCovered */.M)(verdict.coverage);
    return {
        status: error === undefined ? "passed" : "failed",
        tests: String(tests.length),
        failed: count("failed"),
        skipped: count("skipped"),
        coverage: percent === undefined ? "" : percentText(percent).replace(" %", ""),
        "cache-hit": verdict.cacheHit,
        "failed-checks": (0,checks_verdict/* failedChecks */.H)(verdict)
            .map(({ name }) => name)
            .join("\n"),
    };
}
function reportOf(verdict, error, { action, start }) {
    const begun = verdict.results.filter(({ startedAt }) => startedAt !== "");
    return {
        version: 1,
        action,
        status: error === undefined ? "passed" : "failed",
        title: error?.message ?? titleOf(verdict),
        startedAt: new Date(start.now).toISOString(),
        facts: factsOf(verdict),
        steps: begun.map(({ name, status, startedAt, durationMs }) => ({
            name,
            status: status === "passed" ? "ok" : status,
            startedAt,
            durationMs,
        })),
        ...(error && { error: { code: error.code, message: error.message, remedy: error.remedy } }),
    };
}
function titleOf(verdict) {
    const { results } = verdict;
    const skipped = results.filter(({ status }) => status === "skipped").length;
    const but = skipped === 0 ? "" : `, ${skipped} skipped`;
    return `${results.length - skipped} checks passed${but}, ${(0,checks_verdict/* testsOf */.V)(verdict).length} tests`;
}
function factsOf(verdict) {
    const { coverage, changed, cacheHit, newFailures } = verdict;
    const tests = (0,checks_verdict/* testsOf */.V)(verdict);
    const failed = tests.filter(({ outcome }) => outcome === "failed").length;
    const flaky = tests.filter((test) => test.flaky).length;
    const percent = coverage && (0,checks_coverage/* percentCovered */.M)(coverage);
    if (verdict.error !== undefined)
        return [];
    return [
        { name: "tests", value: `${tests.length}, ${failed} failed` },
        ...(newFailures === undefined
            ? []
            : [{ name: "new failures", value: String(newFailures.length) }]),
        ...(flaky === 0 ? [] : [{ name: "flaky", value: String(flaky) }]),
        { name: "coverage", value: percent === undefined ? "not measured" : percentText(percent) },
        ...(changed === undefined || changed.all === 0
            ? []
            : [{ name: "changed lines reached", value: `${changed.covered} of ${changed.all}` }]),
        { name: "cache", value: cacheHit },
    ];
}

;// CONCATENATED MODULE: ./src/checks/act.js






async function act(action, platform) {
    const { clock } = platform;
    const start = { now: clock.now(), monotonic: clock.monotonic() };
    const secrets = [];
    let inputs;
    let verdict;
    try {
        inputs = readAll(action, platform, secrets);
        await action.look(inputs, platform);
        verdict = await action.run(inputs, platform);
    }
    catch (failure) {
        verdict = { results: [], cacheHit: "none", error: (0,errors/* asBelayError */._q)(failure) };
    }
    const manner = { action: action.name, start, minCoverage: inputs?.minCoverage };
    await report(redactVerdict(verdict, redactor(secrets)), platform, {
        ...manner,
        summary: inputs?.summary ?? true,
    });
}
function readAll({ name, readInputs }, { input, inputNames, log }, secrets) {
    const known = new Set();
    const noted = (one) => {
        known.add(one);
        return input(one);
    };
    const mask = (secret) => {
        secrets.push(secret);
        log.mask(secret);
    };
    try {
        return readInputs(new InputReader(noted, mask), mask);
    }
    finally {
        for (const line of unknownInputs(name, inputNames, [...known]))
            log.warning(line);
    }
}

// EXTERNAL MODULE: ./src/test-node/inputs.js + 3 modules
var inputs = __nccwpck_require__(5619);
// EXTERNAL MODULE: ./src/test-node/project.js + 1 modules
var project = __nccwpck_require__(5493);
// EXTERNAL MODULE: ./src/test-node/scripts.js
var scripts = __nccwpck_require__(3834);
;// CONCATENATED MODULE: ./src/test-node/look.js



async function look(inputs, platform) {
    const problems = [];
    const found = new Map();
    for (const directory of inputs.directories)
        await (0,project/* readProject */.Wh)(platform.run.workspace, directory).then(({ scripts }) => found.set(directory, scripts), (failure) => problems.push((0,errors/* asBelayError */._q)(failure)));
    if (problems.length === 0)
        problems.push(...scriptProblems(inputs, found));
    const [first, ...also] = problems;
    if (first !== undefined)
        throw new errors/* BelayError */.oT("config", first.message, first.remedy, { also });
}
function scriptProblems({ scripts: names, extra }, found) {
    const all = [...found.values()];
    if (names !== undefined) {
        const missing = names.filter((name) => all.every((sources) => (0,scripts/* namedScripts */.S$)([name], sources).scripts.length === 0));
        return missing.map((name) => noScript(name, all));
    }
    const has = all.some((sources) => (0,scripts/* usualScripts */.RJ)(sources).length > 0) || extra.length > 0;
    if (has)
        return [];
    const remedy = "Name them in `scripts`, or add scripts such as `lint`, `typecheck`, `test` and `build`.";
    return [
        new errors/* BelayError */.oT("config", "package.json has no script of a usual name: there is nothing to check", remedy),
    ];
}
function noScript(name, all) {
    const own = [...new Set(all.flatMap(({ own }) => [...own.keys()]))];
    const present = own.length === 0 ? "It has no scripts." : `It has ${own.join(", ")}.`;
    return new errors/* BelayError */.oT("config", `\`scripts\` names ${name}, which package.json does not have`, present);
}

;// CONCATENATED MODULE: ./src/test-node/action.js



const actionName = "test-node";
async function action_act(platform) {
    await act({
        name: actionName,
        readInputs: inputs/* readInputs */.K,
        look: (inputs) => look(inputs, platform),
        run: async (inputs) => {
            const { runProjects } = await Promise.all(/* import() */[__nccwpck_require__.e(811), __nccwpck_require__.e(30)]).then(__nccwpck_require__.bind(__nccwpck_require__, 1030));
            return runProjects(inputs, platform);
        },
    }, platform);
}


/***/ }),

/***/ 5619:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  h: () => (/* binding */ auditLevels),
  K: () => (/* binding */ readInputs)
});

// EXTERNAL MODULE: ./src/commands/postgres.js
var postgres = __nccwpck_require__(2030);
;// CONCATENATED MODULE: ./src/checks/expand-variables.js

function expandVariables(values, databaseUrl) {
    const parts = partsOf(databaseUrl);
    const unknown = [];
    const expanded = values.map(({ name, value }) => ({
        name,
        value: value.replace(/\$\{(DATABASE_[A-Z]+)\}/g, (whole, part) => {
            const known = parts.get(part);
            if (known === undefined)
                unknown.push({ name, part });
            return known ?? whole;
        }),
    }));
    return { values: expanded, unknown };
}
function partsOf(url) {
    if (url === "")
        return new Map();
    const address = (0,postgres/* parseDatabaseUrl */.m)(url);
    const all = new Map([["DATABASE_URL", url]]);
    if ("problem" in address)
        return all;
    const variables = new Map(address.variables.map(({ name, value }) => [name, value]));
    all.set("DATABASE_HOST", variables.get("PGHOST") ?? "");
    all.set("DATABASE_PORT", variables.get("PGPORT") ?? "5432");
    all.set("DATABASE_USER", variables.get("PGUSER") ?? "");
    all.set("DATABASE_PASSWORD", variables.get("PGPASSWORD") ?? "");
    all.set("DATABASE_NAME", variables.get("PGDATABASE") ?? "");
    return all;
}

;// CONCATENATED MODULE: ./src/checks/checks-inputs.js


function readChecksInputs(reader, mask) {
    const databaseUrl = readDatabaseUrl(reader, mask);
    return {
        directories: readDirectories(reader),
        timeoutMs: reader.duration("timeout", { default: "30m", min: "1s", max: "6h" }),
        databaseUrl,
        env: readEnv(reader, databaseUrl),
        seed: reader.lines("seed"),
        minCoverage: reader.number("min-coverage", { min: 0, max: 100 }),
        allowNoTests: reader.boolean("allow-no-tests", false),
        results: reader.lines("results"),
        extra: reader.lines("extra").flatMap((line) => readExtra(line, reader) ?? []),
        summary: reader.boolean("summary", true),
    };
}
function readDirectories(reader) {
    const lines = reader.lines("working-directory");
    for (const line of lines)
        if (line.startsWith("/") || line.split("/").includes("..")) {
            const accepted = "folders below the repository's root";
            reader.problem("working-directory", { given: line, accepted, example: "backend" });
        }
    const tidy = lines.map((line) => line.replace(/^(?:\.\/)+|\/+$/g, "") || ".");
    return tidy.length === 0 ? ["."] : [...new Set(tidy)];
}
function readDatabaseUrl(reader, mask) {
    const url = reader.secret("database-url");
    if (url === "" || !/^postgres/i.test(url))
        return url;
    const address = (0,postgres/* parseDatabaseUrl */.m)(url);
    if ("problem" in address)
        reader.problemInside("database-url", `the URL ${address.problem}`, "Write for example `postgresql://postgres:postgres@localhost:5432/postgres`.");
    else if (address.password !== "")
        mask(address.password);
    return url;
}
function readEnv(reader, databaseUrl) {
    const { values, unknown } = expandVariables(reader.env("env"), databaseUrl);
    for (const { name, part } of unknown)
        reader.problemInside("env", `the value of \`${name}\` uses \`\${${part}}\`, which ${databaseUrl === "" ? "needs `database-url`" : "is no part of `database-url`"}`, "The parts are DATABASE_URL, DATABASE_HOST, DATABASE_PORT, DATABASE_USER, DATABASE_PASSWORD and DATABASE_NAME.");
    return values;
}
function readExtra(line, reader) {
    const [, name, command] = /^([A-Za-z0-9][\w .-]*?)\s*=\s*(\S.*)$/.exec(line) ?? [];
    if (name !== undefined && command !== undefined)
        return { name, command };
    const accepted = "`name=command` lines";
    reader.problem("extra", { given: line, accepted, example: "licences=make licences" });
    return undefined;
}

;// CONCATENATED MODULE: ./src/test-node/audit-ignore.js
function readIgnored(reader) {
    return reader.lines("audit-ignore").flatMap((line) => {
        const [, id = "", until = ""] = /^(\S+)\s+(?:until\s+)?(\d{4}-\d{2}-\d{2})$/.exec(line) ?? [];
        if (id !== "" && isDay(until))
            return [{ id, until }];
        reader.problem("audit-ignore", {
            given: line,
            accepted: "an advisory and the last day on which it is ignored, one a line",
            example: "GHSA-35jh-r3h4-6jhm until 2026-12-31",
        });
        return [];
    });
}
function isDay(text) {
    const date = new Date(`${text}T00:00:00Z`);
    return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

;// CONCATENATED MODULE: ./src/test-node/inputs.js


const auditLevels = ["off", "low", "moderate", "high", "critical"];
function readInputs(reader, mask) {
    const scripts = reader.lines("scripts");
    const inputs = {
        ...readChecksInputs(reader, mask),
        scripts: scripts.length === 0 ? undefined : [...new Set(scripts)],
        browsers: readBrowsers(reader),
        auditLevel: reader.choice("audit-level", auditLevels, "off"),
        auditIgnore: readIgnored(reader),
        prisma: reader.choice("prisma", ["auto", "off"], "auto"),
    };
    reader.finish();
    return inputs;
}
const browserNames = ["chromium", "firefox", "webkit", "chrome", "msedge"];
function readBrowsers(reader) {
    const name = `(?:${browserNames.join("|")})`;
    const given = reader.text("browsers", {
        pattern: new RegExp(`^(?:auto|off|${name}(?:[ ,]+${name})*)$`),
        accepted: `auto, off, or names of ${browserNames.join(", ")}`,
        example: "chromium",
    });
    if (given === "off")
        return undefined;
    return given === "" || given === "auto" ? [] : given.split(/[ ,]+/);
}


/***/ }),

/***/ 3513:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var _platform_actions_log_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(7260);
/* harmony import */ var _platform_open_checks_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(1766);
/* harmony import */ var _platform_system_clock_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(6128);
/* harmony import */ var _action_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(6520);




await (0,_action_js__WEBPACK_IMPORTED_MODULE_3__/* .act */ .R)((0,_platform_open_checks_js__WEBPACK_IMPORTED_MODULE_1__/* .openChecksRunner */ .O)((0,_platform_actions_log_js__WEBPACK_IMPORTED_MODULE_0__/* .openActionsLog */ .g)(_platform_system_clock_js__WEBPACK_IMPORTED_MODULE_2__/* .systemClock */ .m), import.meta.dirname));

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 5493:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  fr: () => (/* binding */ dependsOn),
  Ul: () => (/* binding */ packagesWith),
  Wh: () => (/* binding */ readProject)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __nccwpck_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(6760);
// EXTERNAL MODULE: ./src/kit/errors.js
var errors = __nccwpck_require__(9858);
// EXTERNAL MODULE: ./src/kit/json.js
var json = __nccwpck_require__(5727);
;// CONCATENATED MODULE: ./src/test-node/package-manager.js

const lockfiles = [
    ["pnpm-lock.yaml", "pnpm"],
    ["yarn.lock", "yarn"],
    ["package-lock.json", "npm"],
    ["npm-shrinkwrap.json", "npm"],
];
function packageManagerOf({ files, manifest, yarnLock, }) {
    const named = namedManager(manifest);
    if (typeof named === "string")
        return named;
    const present = lockfiles.filter(([file]) => files.includes(file));
    const fitting = named === undefined ? present : present.filter(([, name]) => name === named.name);
    const [first] = fitting;
    if (first === undefined)
        return noLockfile(present, named);
    if (named === undefined && new Set(present.map(([, name]) => name)).size > 1)
        return `there are ${listed(present.map(([file]) => file))}, and \`packageManager\` in package.json does not say which one counts`;
    const [lockfile, name] = first;
    const isClassic = name === "yarn" && /^# yarn lockfile v1$/m.test(yarnLock);
    return { name: isClassic ? "yarn-classic" : name, lockfile, version: named?.version };
}
function namedManager(manifest) {
    const given = (0,json/* textAt */.$6)(manifest, "packageManager");
    if (given === "") {
        const engine = (0,json/* memberAt */.mz)(manifest, "devEngines", "packageManager");
        const name = knownName((0,json/* textAt */.$6)(engine, "name"));
        const version = (0,json/* textAt */.$6)(engine, "version");
        const exact = /^\d+\.\d+\.\d+$/.test(version) ? version : undefined;
        return name && { name, version: exact };
    }
    const match = /^([a-z]+)@(\d+\.\d+\.\d+[\w.-]*)(?:\+[\w.-]+)?$/.exec(given);
    const name = knownName(match?.[1] ?? "");
    if (name === undefined)
        return `\`packageManager\` in package.json is ${JSON.stringify(given)}; npm, pnpm and yarn are known, with an exact version`;
    return { name, version: match?.[2] };
}
function knownName(name) {
    return ["npm", "pnpm", "yarn"].find((one) => one === name);
}
function noLockfile(present, named) {
    if (named !== undefined && present.length > 0)
        return `\`packageManager\` is ${named.name}, but the lockfile is ${listed(present.map(([file]) => file))}`;
    return "there is no lockfile (package-lock.json, pnpm-lock.yaml or yarn.lock)";
}
function listed(names) {
    return names.join(" and ");
}

;// CONCATENATED MODULE: ./src/test-node/project.js





async function readProject(workspace, directory) {
    const folder = (0,external_node_path_.join)(workspace, directory);
    const manifest = await readManifest(folder, directory);
    const { root, manager } = await findRoot(workspace, folder, directory);
    const packages = await workspacePackages(root);
    const workspaces = packagesBelow({ root, folder, packages }).map((one) => scriptsOf(one.manifest));
    return {
        directory,
        folder,
        root,
        manager,
        manifest,
        scripts: { own: scriptsOf(manifest), workspaces },
        packages,
        pin: await pinOf([folder, root]),
    };
}
function packagesWith(script, project) {
    const having = packagesBelow(project).filter(({ manifest }) => scriptsOf(manifest).has(script));
    return having.map(({ manifest }) => (0,json/* textAt */.$6)(manifest, "name"));
}
function packagesBelow({ root, folder, packages, }) {
    return packages.filter(({ directory }) => (0,external_node_path_.join)(root, directory).startsWith(`${folder}/`));
}
function dependsOn({ manifest }, name) {
    const groups = ["dependencies", "devDependencies"];
    return groups.some((group) => (0,json/* textAt */.$6)(manifest, group, name) !== "");
}
async function pinOf(folders) {
    for (const folder of folders)
        for (const file of [".nvmrc", ".node-version"]) {
            const text = await (0,promises_.readFile)((0,external_node_path_.join)(folder, file), "utf8").catch(() => "");
            if (text.trim() !== "")
                return { file, version: text.trim() };
        }
    return { file: "", version: "" };
}
async function readManifest(folder, directory) {
    const shown = directory === "." ? "the root of the repository" : `\`${directory}\``;
    const remedy = "Name the folder of the project in `working-directory`, and check the code out before this step.";
    let text;
    try {
        text = await (0,promises_.readFile)((0,external_node_path_.join)(folder, "package.json"), "utf8");
    }
    catch (cause) {
        throw new errors/* BelayError */.oT("config", `${shown} has no package.json`, remedy, { cause });
    }
    const manifest = (0,json/* parseJson */.qF)(text);
    if (manifest === undefined)
        throw new errors/* BelayError */.oT("config", `package.json in ${shown} is no JSON`, "Mend it: npm would refuse it too.");
    return manifest;
}
async function findRoot(workspace, folder, directory) {
    let problem = "";
    for (let at = folder;; at = (0,external_node_path_.dirname)(at)) {
        const found = await managerIn(at);
        if (typeof found === "object")
            return { root: at, manager: found };
        problem ||= found ?? "";
        if (at === workspace || at === (0,external_node_path_.dirname)(at) || (0,external_node_path_.relative)(workspace, at).startsWith(".."))
            break;
    }
    const remedy = "Commit the lockfile that your package manager writes: without one nobody knows what is tested.";
    throw new errors/* BelayError */.oT("config", `${directory === "." ? "At the root of the repository" : `In \`${directory}\``} ${problem}`, remedy);
}
async function managerIn(folder) {
    const files = await (0,promises_.readdir)(folder).catch(() => []);
    if (!files.includes("package.json"))
        return undefined;
    const manifest = (0,json/* parseJson */.qF)(await (0,promises_.readFile)((0,external_node_path_.join)(folder, "package.json"), "utf8"));
    const yarnLock = files.includes("yarn.lock")
        ? await (0,promises_.readFile)((0,external_node_path_.join)(folder, "yarn.lock"), "utf8")
        : "";
    return packageManagerOf({ files, manifest, yarnLock });
}
async function workspacePackages(root) {
    const manifest = (0,json/* parseJson */.qF)(await (0,promises_.readFile)((0,external_node_path_.join)(root, "package.json"), "utf8"));
    const paths = [...(await packagesByPattern(root, manifest)), ...(await packagesOfPnpm(root))];
    const found = [...new Set(paths)].map(async (path) => {
        const text = await (0,promises_.readFile)((0,external_node_path_.join)(root, path), "utf8").catch(() => "");
        return { directory: (0,external_node_path_.dirname)(path), manifest: (0,json/* parseJson */.qF)(text) };
    });
    return (await Promise.all(found)).filter((one) => one.manifest !== undefined);
}
async function packagesByPattern(folder, manifest) {
    const patterns = workspacePatterns(manifest);
    const unwanted = patterns.flatMap((one) => (one.startsWith("!") ? [one.slice(1)] : []));
    const wanted = patterns.filter((one) => !one.startsWith("!"));
    const manifests = wanted.map((one) => `${one.replace(/\/+$/, "")}/package.json`);
    const exclude = ["**/node_modules/**", ...unwanted];
    const found = [];
    for await (const path of (0,promises_.glob)(manifests, { cwd: folder, exclude }))
        found.push(path);
    return found.sort();
}
function workspacePatterns(manifest) {
    const given = (0,json/* memberAt */.mz)(manifest, "workspaces");
    const list = Array.isArray(given) ? given : (0,json/* memberAt */.mz)(given, "packages");
    return (0,json/* itemsOf */.S3)(list).filter((one) => typeof one === "string");
}
async function packagesOfPnpm(folder) {
    const isWorkspace = (await (0,promises_.readFile)((0,external_node_path_.join)(folder, "pnpm-workspace.yaml"), "utf8").catch(() => "")) !== "";
    if (!isWorkspace)
        return [];
    const lockfile = await (0,promises_.readFile)((0,external_node_path_.join)(folder, "pnpm-lock.yaml"), "utf8").catch(() => "");
    const [, importers = ""] = /^importers:\n([^]*?)(?=^\S|$(?![^]))/m.exec(lockfile) ?? [];
    const names = [...importers.matchAll(/^ {2}(\S.*):$/gm)].map(([, name = ""]) => name.replace(/^'|'$/g, ""));
    return names.filter((name) => name !== ".").map((name) => (0,external_node_path_.join)(name, "package.json"));
}
function scriptsOf(manifest) {
    const scripts = (0,json/* memberAt */.mz)(manifest, "scripts");
    if (typeof scripts !== "object" || scripts === null)
        return new Map();
    const entries = Object.entries(scripts);
    return new Map(entries.filter((entry) => typeof entry[1] === "string"));
}


/***/ }),

/***/ 3834:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   D3: () => (/* binding */ writes),
/* harmony export */   Hx: () => (/* binding */ dropsReporters),
/* harmony export */   RJ: () => (/* binding */ usualScripts),
/* harmony export */   S$: () => (/* binding */ namedScripts)
/* harmony export */ });
const usualNames = {
    lint: ["lint:check", "check:lint", "lint:ci", "lint", "eslint"],
    format: ["format:check", "check:format", "format-check", "prettier:check", "fmt:check", "format"],
    types: [
        "typecheck",
        "type-check",
        "check-types",
        "check:types",
        "check:type",
        "types:check",
        "types",
        "tsc",
    ],
    test: ["test:ci", "test", "test:unit", "unit"],
    build: ["build"],
    e2e: ["test:e2e", "e2e", "playwright", "test:playwright"],
};
const kinds = Object.keys(usualNames);
function usualScripts(sources) {
    return kinds.flatMap((kind) => {
        const names = usualNames[kind];
        const found = names.map((name) => scriptOf(name, kind, sources)).find((one) => fits(one));
        return found === undefined ? [] : [found];
    });
}
function namedScripts(names, sources) {
    const found = names.map((name) => scriptOf(name, kindOf(name), sources));
    const missing = names.filter((_, at) => found[at] === undefined);
    return { scripts: found.filter((one) => one !== undefined), missing };
}
function scriptOf(name, kind, { own, workspaces }) {
    const text = own.get(name);
    if (text !== undefined)
        return { name, kind, text, inWorkspaces: false };
    const texts = workspaces.flatMap((scripts) => scripts.get(name) ?? []);
    if (texts.length === 0)
        return undefined;
    return { name, kind, text: texts.join("\n"), inWorkspaces: true };
}
function fits(script) {
    if (script === undefined)
        return false;
    if (script.text.includes("Error: no test specified"))
        return false;
    return script.kind !== "format" || !writes(script);
}
function kindOf(name) {
    return kinds.find((kind) => usualNames[kind].includes(name)) ?? guessed(name);
}
function guessed(name) {
    if (/e2e|playwright/.test(name))
        return "e2e";
    if (/^test|:test$|unit/.test(name))
        return "test";
    if (name.includes("lint"))
        return "lint";
    if (/format|prettier|fmt/.test(name))
        return "format";
    return /type|tsc/.test(name) ? "types" : name.startsWith("build") ? "build" : "other";
}
function writes({ text }) {
    return /(?:^|\s)--(?:fix|write|update|updateSnapshot)(?=\s|$|=true)|\bbiome\b.*--(?:apply|write)/.test(text);
}
function dropsReporters({ text }) {
    return /\bNODE_OPTIONS=/.test(text) && !/\$\{?NODE_OPTIONS/.test(text);
}


/***/ })

/******/ });
/************************************************************************/
/******/ // The module cache
/******/ var __webpack_module_cache__ = {};
/******/ 
/******/ // The require function
/******/ function __nccwpck_require__(moduleId) {
/******/ 	// Check if module is in cache
/******/ 	var cachedModule = __webpack_module_cache__[moduleId];
/******/ 	if (cachedModule !== undefined) {
/******/ 		return cachedModule.exports;
/******/ 	}
/******/ 	// Create a new module (and put it into the cache)
/******/ 	var module = __webpack_module_cache__[moduleId] = {
/******/ 		// no module.id needed
/******/ 		// no module.loaded needed
/******/ 		exports: {}
/******/ 	};
/******/ 
/******/ 	// Execute the module function
/******/ 	var threw = true;
/******/ 	try {
/******/ 		__webpack_modules__[moduleId].call(module.exports, module, module.exports, __nccwpck_require__);
/******/ 		threw = false;
/******/ 	} finally {
/******/ 		if(threw) delete __webpack_module_cache__[moduleId];
/******/ 	}
/******/ 
/******/ 	// Return the exports of the module
/******/ 	return module.exports;
/******/ }
/******/ 
/******/ // expose the modules object (__webpack_modules__)
/******/ __nccwpck_require__.m = __webpack_modules__;
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/asset-relocator-loader */
/******/ if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = decodeURIComponent(new URL('.', import.meta.url).pathname).slice(import.meta.url.match(/^file:\/\/\/\w:/) ? 1 : 0, -1) + "/";
/******/ 
/******/ /* webpack/runtime/async module */
/******/ (() => {
/******/ 	var webpackQueues = typeof Symbol === "function" ? Symbol("webpack queues") : "__webpack_queues__";
/******/ 	var webpackExports = typeof Symbol === "function" ? Symbol("webpack exports") : "__webpack_exports__";
/******/ 	var webpackError = typeof Symbol === "function" ? Symbol("webpack error") : "__webpack_error__";
/******/ 	var resolveQueue = (queue) => {
/******/ 		if(queue && queue.d < 1) {
/******/ 			queue.d = 1;
/******/ 			queue.forEach((fn) => (fn.r--));
/******/ 			queue.forEach((fn) => (fn.r-- ? fn.r++ : fn()));
/******/ 		}
/******/ 	}
/******/ 	var wrapDeps = (deps) => (deps.map((dep) => {
/******/ 		if(dep !== null && typeof dep === "object") {
/******/ 			if(dep[webpackQueues]) return dep;
/******/ 			if(dep.then) {
/******/ 				var queue = [];
/******/ 				queue.d = 0;
/******/ 				dep.then((r) => {
/******/ 					obj[webpackExports] = r;
/******/ 					resolveQueue(queue);
/******/ 				}, (e) => {
/******/ 					obj[webpackError] = e;
/******/ 					resolveQueue(queue);
/******/ 				});
/******/ 				var obj = {};
/******/ 				obj[webpackQueues] = (fn) => (fn(queue));
/******/ 				return obj;
/******/ 			}
/******/ 		}
/******/ 		var ret = {};
/******/ 		ret[webpackQueues] = x => {};
/******/ 		ret[webpackExports] = dep;
/******/ 		return ret;
/******/ 	}));
/******/ 	__nccwpck_require__.a = (module, body, hasAwait) => {
/******/ 		var queue;
/******/ 		hasAwait && ((queue = []).d = -1);
/******/ 		var depQueues = new Set();
/******/ 		var exports = module.exports;
/******/ 		var currentDeps;
/******/ 		var outerResolve;
/******/ 		var reject;
/******/ 		var promise = new Promise((resolve, rej) => {
/******/ 			reject = rej;
/******/ 			outerResolve = resolve;
/******/ 		});
/******/ 		promise[webpackExports] = exports;
/******/ 		promise[webpackQueues] = (fn) => (queue && fn(queue), depQueues.forEach(fn), promise["catch"](x => {}));
/******/ 		module.exports = promise;
/******/ 		body((deps) => {
/******/ 			currentDeps = wrapDeps(deps);
/******/ 			var fn;
/******/ 			var getResult = () => (currentDeps.map((d) => {
/******/ 				if(d[webpackError]) throw d[webpackError];
/******/ 				return d[webpackExports];
/******/ 			}))
/******/ 			var promise = new Promise((resolve) => {
/******/ 				fn = () => (resolve(getResult));
/******/ 				fn.r = 0;
/******/ 				var fnQueue = (q) => (q !== queue && !depQueues.has(q) && (depQueues.add(q), q && !q.d && (fn.r++, q.push(fn))));
/******/ 				currentDeps.map((dep) => (dep[webpackQueues](fnQueue)));
/******/ 			});
/******/ 			return fn.r ? promise : getResult();
/******/ 		}, (err) => ((err ? reject(promise[webpackError] = err) : outerResolve(exports)), resolveQueue(queue)));
/******/ 		queue && queue.d < 0 && (queue.d = 0);
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/create fake namespace object */
/******/ (() => {
/******/ 	var getProto = Object.getPrototypeOf ? (obj) => (Object.getPrototypeOf(obj)) : (obj) => (obj.__proto__);
/******/ 	var leafPrototypes;
/******/ 	// create a fake namespace object
/******/ 	// mode & 1: value is a module id, require it
/******/ 	// mode & 2: merge all properties of value into the ns
/******/ 	// mode & 4: return value when already ns object
/******/ 	// mode & 16: return value when it's Promise-like
/******/ 	// mode & 8|1: behave like require
/******/ 	__nccwpck_require__.t = function(value, mode) {
/******/ 		if(mode & 1) value = this(value);
/******/ 		if(mode & 8) return value;
/******/ 		if(typeof value === 'object' && value) {
/******/ 			if((mode & 4) && value.__esModule) return value;
/******/ 			if((mode & 16) && typeof value.then === 'function') return value;
/******/ 		}
/******/ 		var ns = Object.create(null);
/******/ 		__nccwpck_require__.r(ns);
/******/ 		var def = {};
/******/ 		leafPrototypes = leafPrototypes || [null, getProto({}), getProto([]), getProto(getProto)];
/******/ 		for(var current = mode & 2 && value; typeof current == 'object' && !~leafPrototypes.indexOf(current); current = getProto(current)) {
/******/ 			Object.getOwnPropertyNames(current).forEach((key) => (def[key] = () => (value[key])));
/******/ 		}
/******/ 		def['default'] = () => (value);
/******/ 		__nccwpck_require__.d(ns, def);
/******/ 		return ns;
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/define property getters */
/******/ (() => {
/******/ 	// define getter functions for harmony exports
/******/ 	__nccwpck_require__.d = (exports, definition) => {
/******/ 		for(var key in definition) {
/******/ 			if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 				Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 			}
/******/ 		}
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/ensure chunk */
/******/ (() => {
/******/ 	__nccwpck_require__.f = {};
/******/ 	// This file contains only the entry chunk.
/******/ 	// The chunk loading function for additional chunks
/******/ 	__nccwpck_require__.e = (chunkId) => {
/******/ 		return Promise.all(Object.keys(__nccwpck_require__.f).reduce((promises, key) => {
/******/ 			__nccwpck_require__.f[key](chunkId, promises);
/******/ 			return promises;
/******/ 		}, []));
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/get javascript chunk filename */
/******/ (() => {
/******/ 	// This function allow to reference async chunks
/******/ 	__nccwpck_require__.u = (chunkId) => {
/******/ 		// return url for filenames based on template
/******/ 		return "" + chunkId + ".index.js";
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/hasOwnProperty shorthand */
/******/ (() => {
/******/ 	__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ })();
/******/ 
/******/ /* webpack/runtime/make namespace object */
/******/ (() => {
/******/ 	// define __esModule on exports
/******/ 	__nccwpck_require__.r = (exports) => {
/******/ 		if(typeof Symbol !== 'undefined' && Symbol.toStringTag) {
/******/ 			Object.defineProperty(exports, Symbol.toStringTag, { value: 'Module' });
/******/ 		}
/******/ 		Object.defineProperty(exports, '__esModule', { value: true });
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/import chunk loading */
/******/ (() => {
/******/ 	// no baseURI
/******/ 	
/******/ 	// object to store loaded and loading chunks
/******/ 	// undefined = chunk not loaded, null = chunk preloaded/prefetched
/******/ 	// [resolve, Promise] = chunk loading, 0 = chunk loaded
/******/ 	var installedChunks = {
/******/ 		792: 0
/******/ 	};
/******/ 	
/******/ 	var installChunk = (data) => {
/******/ 		var {ids, modules, runtime} = data;
/******/ 		// add "modules" to the modules object,
/******/ 		// then flag all "ids" as loaded and fire callback
/******/ 		var moduleId, chunkId, i = 0;
/******/ 		for(moduleId in modules) {
/******/ 			if(__nccwpck_require__.o(modules, moduleId)) {
/******/ 				__nccwpck_require__.m[moduleId] = modules[moduleId];
/******/ 			}
/******/ 		}
/******/ 		if(runtime) runtime(__nccwpck_require__);
/******/ 		for(;i < ids.length; i++) {
/******/ 			chunkId = ids[i];
/******/ 			if(__nccwpck_require__.o(installedChunks, chunkId) && installedChunks[chunkId]) {
/******/ 				installedChunks[chunkId][0]();
/******/ 			}
/******/ 			installedChunks[ids[i]] = 0;
/******/ 		}
/******/ 	
/******/ 	}
/******/ 	
/******/ 	__nccwpck_require__.f.j = (chunkId, promises) => {
/******/ 			// import() chunk loading for javascript
/******/ 			var installedChunkData = __nccwpck_require__.o(installedChunks, chunkId) ? installedChunks[chunkId] : undefined;
/******/ 			if(installedChunkData !== 0) { // 0 means "already installed".
/******/ 	
/******/ 				// a Promise means "currently loading".
/******/ 				if(installedChunkData) {
/******/ 					promises.push(installedChunkData[1]);
/******/ 				} else {
/******/ 					if(true) { // all chunks have JS
/******/ 						// setup Promise in chunk cache
/******/ 						var promise = import("./" + __nccwpck_require__.u(chunkId)).then(installChunk, (e) => {
/******/ 							if(installedChunks[chunkId] !== 0) installedChunks[chunkId] = undefined;
/******/ 							throw e;
/******/ 						});
/******/ 						var promise = Promise.race([promise, new Promise((resolve) => (installedChunkData = installedChunks[chunkId] = [resolve]))])
/******/ 						promises.push(installedChunkData[1] = promise);
/******/ 					}
/******/ 				}
/******/ 			}
/******/ 	};
/******/ 	
/******/ 	// no prefetching
/******/ 	
/******/ 	// no preloaded
/******/ 	
/******/ 	// no external install chunk
/******/ 	
/******/ 	// no on chunks loaded
/******/ })();
/******/ 
/************************************************************************/
/******/ 
/******/ // startup
/******/ // Load entry module and return exports
/******/ // This entry module used 'module' so it can't be inlined
/******/ var __webpack_exports__ = __nccwpck_require__(3513);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 

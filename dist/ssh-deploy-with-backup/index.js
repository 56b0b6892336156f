import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 4994:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("assert");

/***/ }),

/***/ 181:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("buffer");

/***/ }),

/***/ 6982:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("crypto");

/***/ }),

/***/ 2250:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("dns");

/***/ }),

/***/ 4434:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("events");

/***/ }),

/***/ 9896:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("fs");

/***/ }),

/***/ 9278:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("net");

/***/ }),

/***/ 1421:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");

/***/ }),

/***/ 7598:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");

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

/***/ 7030:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");

/***/ }),

/***/ 6760:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");

/***/ }),

/***/ 8321:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream/consumers");

/***/ }),

/***/ 6466:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream/promises");

/***/ }),

/***/ 7975:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:util");

/***/ }),

/***/ 714:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:vm");

/***/ }),

/***/ 8522:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:zlib");

/***/ }),

/***/ 6928:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("path");

/***/ }),

/***/ 2203:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("stream");

/***/ }),

/***/ 9023:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("util");

/***/ }),

/***/ 3106:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("zlib");

/***/ }),

/***/ 9565:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  Yz: () => (/* binding */ debug),
  N4: () => (/* binding */ endGroup),
  z3: () => (/* binding */ error),
  V4: () => (/* binding */ getInput),
  Gu: () => (/* binding */ getState),
  pq: () => (/* binding */ info),
  lm: () => (/* binding */ notice),
  LZ: () => (/* binding */ saveState),
  uH: () => (/* binding */ setOutput),
  Pq: () => (/* binding */ setSecret),
  Oh: () => (/* binding */ startGroup),
  $e: () => (/* binding */ warning)
});

// UNUSED EXPORTS: ExitCode, addPath, exportVariable, getBooleanInput, getIDToken, getMultilineInput, group, isDebug, markdownSummary, platform, setCommandEcho, setFailed, summary, toPlatformPath, toPosixPath, toWin32Path

;// CONCATENATED MODULE: external "os"
const external_os_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("os");
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
    process.stdout.write(cmd.toString() + external_os_namespaceObject.EOL);
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
    external_fs_.appendFileSync(filePath, `${utils_toCommandValue(message)}${external_os_namespaceObject.EOL}`, {
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
    return `${key}<<${delimiter}${external_os_namespaceObject.EOL}${convertedValue}${external_os_namespaceObject.EOL}${delimiter}`;
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
        return this.addRaw(external_os_namespaceObject.EOL);
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
    process.stdout.write(external_os_namespaceObject.EOL);
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
    process.stdout.write(message + external_os_namespaceObject.EOL);
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

/***/ 2983:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   J: () => (/* binding */ checksReader)
/* harmony export */ });
async function checksReader(list) {
    if (list === "")
        return () => [];
    const paths = /\bjson\b/.test(list) ? await Promise.all(/* import() */[__nccwpck_require__.e(62), __nccwpck_require__.e(782)]).then(__nccwpck_require__.bind(__nccwpck_require__, 9782)) : undefined;
    const { readChecks } = await Promise.all(/* import() */[__nccwpck_require__.e(163), __nccwpck_require__.e(700), __nccwpck_require__.e(80)]).then(__nccwpck_require__.bind(__nccwpck_require__, 3080));
    const compile = paths?.compileJsonPath ?? noPaths;
    return (reader, defaults, mask) => readChecks(reader, defaults, { mask, compile });
}
function noPaths() {
    return { problem: "the key is to be written plainly, as `json`" };
}


/***/ }),

/***/ 354:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  c: () => (/* binding */ readGate),
  Y: () => (/* binding */ urlCheck)
});

;// CONCATENATED MODULE: ./src/gate/limits-input.js
function readLimits(reader, name, { parse }, example) {
    const words = reader.lines(name).flatMap((line) => line.split(/[\s,]+/));
    if (words.length === 0)
        return undefined;
    const limits = new Map();
    for (const word of words) {
        const [, key = "critical", value = ""] = /^(?:(warning|critical)=)?(.+)$/.exec(word) ?? [];
        const number = parse(value);
        if (number === undefined || limits.has(key)) {
            const accepted = "`warning=…` and `critical=…`, at least one of them, or one limit alone";
            reader.problem(name, { accepted, example });
            return undefined;
        }
        limits.set(key, number);
    }
    const [warning, critical] = [limits.get("warning"), limits.get("critical")];
    if (warning === undefined || critical === undefined || warning <= critical)
        return { warning, critical };
    reader.problem(name, { accepted: "a critical limit that is not below the warning", example });
    return undefined;
}

// EXTERNAL MODULE: ./src/gate/measures.js
var measures = __nccwpck_require__(6671);
// EXTERNAL MODULE: ./src/gate/url.js
var gate_url = __nccwpck_require__(9885);
;// CONCATENATED MODULE: ./src/gate/gate-inputs.js



function readGate(reader, mask, readChecks, source = {}) {
    const defaults = readDefaults(reader);
    const expect = reader.text("expect", { example: "${{ github.sha }}" }) || undefined;
    const urls = readUrls(reader);
    const checks = readChecks(reader, defaults, mask);
    const gate = {
        checks: [...urls.map((url) => urlCheck(url, expect, defaults)), ...checks],
        url: urls[0],
        expect,
        defaults,
        timeoutMs: reader.duration("timeout", { default: "5m", min: "1s", max: "6h" }),
        observeMs: reader.duration("observe", { default: "0s", max: "6h" }),
        failFast: reader.boolean("fail-fast", true),
        maxErrorRate: readLimits(reader, "max-error-rate", measures/* percentage */.X1, "warning=1% critical=5%"),
        maxLatencyP95: readLimits(reader, "max-latency-p95", measures/* time */.kB, "warning=500ms critical=2s"),
    };
    refuseContradictions(reader, gate, source);
    return gate;
}
function urlCheck(url, expect, defaults) {
    return {
        kind: "http",
        name: url,
        ...defaults,
        url,
        expect,
        via: "runner",
        method: "GET",
        headers: {},
        hostHeader: undefined,
        ca: undefined,
        followRedirects: false,
        status: gate_url/* usualStatus */.z,
        body: undefined,
        json: [],
        minDays: undefined,
    };
}
function readDefaults(reader) {
    return {
        intervalMs: reader.duration("interval", { default: "1s", min: "100ms", max: "10m" }),
        attemptTimeoutMs: reader.duration("attempt-timeout", {
            default: "5s",
            min: "100ms",
            max: "10m",
        }),
        successes: reader.integer("successes", { default: 3, min: 1, max: 100 }),
    };
}
const urlExample = "https://app.example/health";
function readUrls(reader) {
    return reader.lines("url").filter((given) => {
        const accepted = (0,gate_url/* urlProblem */.r)(given);
        if (accepted === undefined)
            return true;
        const secret = given.includes("@");
        reader.problem("url", { given, secret, accepted, example: urlExample });
        return false;
    });
}
function refuseContradictions(reader, gate, source) {
    if (gate.expect !== undefined && !reader.has("url") && source.recorded !== true) {
        reader.problem("url", {
            accepted: "the address whose answer shall hold the expected text",
            example: urlExample,
        });
    }
    refuseShortTimeout(reader, gate, source.samples);
    if (gate.observeMs === 0 && source.samples === undefined)
        refuseLoneLimits(reader, gate);
}
function refuseShortTimeout(reader, gate, samples) {
    const all = gate.checks.length > 0 ? gate.checks : [gate.defaults];
    const needs = all.map(({ intervalMs, successes }) => ((samples ?? successes) - 1) * intervalMs);
    const needed = Math.max(...needs);
    if (needed < gate.timeoutMs)
        return;
    const least = Math.ceil(needed / 1000) + 1;
    const what = samples === undefined ? "successes in a row" : "samples";
    const often = String(samples ?? all[needs.indexOf(needed)]?.successes ?? 1);
    const accepted = `more than ${String(least - 1)}s, which ${often} ${what} take at the least`;
    reader.problem("timeout", { accepted, example: `${String(least)}s` });
}
function refuseLoneLimits(reader, gate) {
    if (gate.maxErrorRate === undefined && gate.maxLatencyP95 === undefined)
        return;
    reader.problem("observe", {
        accepted: "more than 0s where a rate or a latency is limited: it is measured over that time",
        example: "1m",
    });
}


/***/ }),

/***/ 6671:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   U9: () => (/* binding */ count),
/* harmony export */   X1: () => (/* binding */ percentage),
/* harmony export */   _3: () => (/* binding */ days),
/* harmony export */   ee: () => (/* binding */ bytes),
/* harmony export */   kB: () => (/* binding */ time)
/* harmony export */ });
/* harmony import */ var _kit_duration_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(1429);
/* harmony import */ var _kit_size_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(4268);


function percent(text) {
    const match = /^(\d{1,3}(?:\.\d{1,3})?) ?%?$/.exec(text);
    const value = Number(match?.[1]);
    return match !== null && value <= 100 ? value : undefined;
}
function whole(text) {
    return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
const percentage = {
    parse: percent,
    accepted: "percent, as { warning: …, critical: … } or one number",
    example: "{ warning: 60%, critical: 85% }",
};
const count = {
    parse: whole,
    accepted: "whole numbers, as { warning: …, critical: … } or one number",
    example: "{ warning: 40, critical: 48 }",
};
const bytes = {
    parse: _kit_size_js__WEBPACK_IMPORTED_MODULE_1__/* .parseSize */ .D,
    accepted: "sizes in B, kB, MB, GB, KiB, MiB or GiB, as { warning: …, critical: … } or one size",
    example: "{ warning: 40MB, critical: 48MB }",
};
const days = {
    parse: whole,
    downward: true,
    accepted: "days, as { warning: …, critical: … } or one number",
    example: "{ warning: 21, critical: 7 }",
};
const time = {
    parse: _kit_duration_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDuration */ .E,
    accepted: "durations in ms, s, m or h, as { warning: …, critical: … } or one duration",
    example: "{ warning: 500ms, critical: 2s }",
};


/***/ }),

/***/ 9885:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   r: () => (/* binding */ urlProblem),
/* harmony export */   z: () => (/* binding */ usualStatus)
/* harmony export */ });
const usualStatus = [[200, 299]];
function urlProblem(text) {
    const url = URL.parse(text);
    if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
        return "one http:// or https:// address";
    if (url.username === "" && url.password === "")
        return undefined;
    return "an address without user and password; send those by `header`";
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
/* harmony export */   fv: () => (/* binding */ errorCodes),
/* harmony export */   oT: () => (/* binding */ BelayError)
/* harmony export */ });
/* unused harmony export cancelled */
const errorCodes = [
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
];
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

/***/ 3780:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   F: () => (/* binding */ escapeMermaid)
/* harmony export */ });
/* harmony import */ var _one_line_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(4544);

function escapeMermaid(text) {
    return (0,_one_line_js__WEBPACK_IMPORTED_MODULE_0__/* .oneLine */ .T)(text.replace(/[^\p{L}\p{M}\p{N} ._/()+@-]/gu, " "), 40) || "step";
}


/***/ }),

/***/ 7659:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   b0: () => (/* binding */ envProblem),
/* harmony export */   cG: () => (/* binding */ emptySecret),
/* harmony export */   oi: () => (/* binding */ inputProblem),
/* harmony export */   y1: () => (/* binding */ range)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(9858);

const longestQuote = 80;
function inputProblem(name, value, { secret, accepted, example }) {
    const shown = secret === true ? "***" : quoted(value);
    const is = value === "" ? "is empty" : `is ${shown}`;
    const message = `\`${name}\` ${is}; accepted: ${accepted}`;
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .BelayError */ .oT("config", message, `Write for example \`${name}: ${example}\`.`);
}
function emptySecret(name, environment) {
    const where = environment === undefined ? "the environment" : `the environment \`${environment}\``;
    const why = `${where} has no such secret, or the job does not name the environment`;
    const remedy = "Add the secret where the job can read it, and give the job `environment:`.";
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .BelayError */ .oT("config", `\`${name}\` is empty: ${why}`, remedy);
}
function envProblem(name, problem) {
    const remedy = "Give one NAME=value a line; a value of several lines stands between double quotes.";
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .BelayError */ .oT("config", `\`${name}\`, ${problem}`, remedy);
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


/***/ }),

/***/ 4488:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  i_: () => (/* binding */ InputReader)
});

// UNUSED EXPORTS: partOf, prefixed

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

// EXTERNAL MODULE: ./src/kit/errors.js
var errors = __nccwpck_require__(9858);
// EXTERNAL MODULE: ./src/kit/input-problem.js
var input_problem = __nccwpck_require__(7659);
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
            this.#problems.push((0,input_problem/* emptySecret */.cG)(prefixed(this.#prefix, name), this.#environment));
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
            this.#problems.push((0,input_problem/* envProblem */.b0)(prefixed(this.#prefix, name), problem));
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
        const accepted = `a duration in ms, s, m or h${(0,input_problem/* range */.y1)(options.min, options.max)}`;
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
        this.#problems.push((0,input_problem/* inputProblem */.oi)(prefixed(this.#prefix, name), value, problem));
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
            accepted: `${kind}${(0,input_problem/* range */.y1)(min, max)}`,
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

/***/ 1192:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   $N: () => (/* binding */ parseKnownHost),
/* harmony export */   Jh: () => (/* binding */ typeOfKey),
/* harmony export */   MT: () => (/* binding */ matchesPattern),
/* harmony export */   nG: () => (/* binding */ hostKeyTypes)
/* harmony export */ });
const hostKeyTypes = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
];
function parseKnownHost(line) {
    const words = line.split(/\s+/);
    const marker = words[0]?.startsWith("@") === true ? words.shift() : undefined;
    if (marker === "@cert-authority")
        return "a @cert-authority line: host certificates are not supported";
    if (marker !== undefined && marker !== "@revoked")
        return `the unknown marker ${marker}`;
    const bare = looksLikeType(words[0] ?? "");
    const patterns = bare ? [] : (words.shift() ?? "").split(",").filter((pattern) => pattern !== "");
    const [type = "", key = ""] = words;
    if (!isHostKeyType(type))
        return looksLikeType(type) ? `a key of the unsupported type ${type}` : "no host key";
    if (typeOfKey(key) !== type)
        return `a ${type} key that is damaged or cut`;
    return { patterns, revoked: marker === "@revoked", type, key };
}
function typeOfKey(key) {
    const bytes = Buffer.from(key, "base64");
    const length = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
    const whole = bytes.length > 4 + length &&
        bytes.toString("base64").replace(/=+$/, "") === key.replace(/=+$/, "");
    return whole ? bytes.toString("latin1", 4, 4 + length) : "";
}
function matchesPattern(pattern, name) {
    const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
    return new RegExp(`^${escaped.replaceAll(/\*+/g, ".*").replaceAll("?", ".")}$`, "i").test(name);
}
function isHostKeyType(text) {
    return hostKeyTypes.some((type) => type === text);
}
function looksLikeType(text) {
    return /^(?:ssh-|sk-|ecdsa-sha2-)[\w@.-]+$/.test(text);
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

/***/ 6305:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   RO: () => (/* binding */ isUserName),
/* harmony export */   je: () => (/* binding */ targetName),
/* harmony export */   on: () => (/* binding */ knownHostsName),
/* harmony export */   or: () => (/* binding */ parseAddress)
/* harmony export */ });
const hostName = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})$/;
const ipv6 = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[A-Za-z0-9._-]+)?$/;
function parseAddress(text) {
    const at = text.lastIndexOf("@");
    const username = text.slice(0, Math.max(at, 0));
    const place = parsePlace(text.slice(at + 1));
    if (place === undefined || at === 0 || (at > 0 && !isUserName(username)))
        return undefined;
    return at < 0 ? place : { username, ...place };
}
function isUserName(text) {
    return /^[^\s\p{Cc}-][^\s\p{Cc}]{0,255}$/u.test(text);
}
function targetName({ username, host, port }) {
    return `${username}@${host.includes(":") ? `[${host}]` : host}:${port}`;
}
function knownHostsName({ host, port }) {
    return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}
function parsePlace(text) {
    if (ipv6.test(text))
        return { host: text };
    const [, bracketed, plain = "", portText] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
    const host = bracketed ?? plain;
    if (!(bracketed === undefined ? hostName : ipv6).test(host))
        return undefined;
    if (portText === undefined)
        return { host };
    const port = Number(portText);
    return port >= 1 && port <= 65_535 ? { host, port } : undefined;
}


/***/ }),

/***/ 8462:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   K: () => (/* binding */ Timeline)
/* harmony export */ });
class Timeline {
    #clock;
    #onStep;
    #entries = [];
    #failedStep;
    constructor(clock, onStep = () => undefined) {
        this.#clock = clock;
        this.#onStep = onStep;
    }
    get failedStep() {
        return this.#failedStep;
    }
    async step(name, body) {
        const entry = this.#begin(name);
        this.#onStep(name);
        const begun = this.#clock.monotonic();
        try {
            const result = await body();
            entry.status = "ok";
            return result;
        }
        catch (failure) {
            entry.status = "failed";
            this.#failedStep ??= name;
            throw failure;
        }
        finally {
            entry.durationMs = Math.round(this.#clock.monotonic() - begun);
        }
    }
    skip(name) {
        this.#begin(name).status = "skipped";
    }
    undone(name) {
        const entry = this.#entries.findLast((one) => one.name === name);
        if (entry?.status === "ok")
            entry.status = "undone";
    }
    steps() {
        return this.#entries.flatMap(({ name, status, startedAt, durationMs }) => status === undefined ? [] : [{ name, status, startedAt, durationMs }]);
    }
    #begin(name) {
        const startedAt = new Date(this.#clock.now()).toISOString();
        const entry = { name, startedAt, status: undefined, durationMs: 0 };
        this.#entries.push(entry);
        return entry;
    }
}


/***/ }),

/***/ 7890:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  p: () => (/* binding */ nearest),
  q: () => (/* binding */ unknownInputs)
});

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


/***/ }),

/***/ 7260:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   g: () => (/* binding */ openActionsLog)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(7598);
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(9565);


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

/***/ 5127:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   V: () => (/* binding */ reachServer)
/* harmony export */ });
async function reachServer(clock, log) {
    const { httpClient } = await __nccwpck_require__.e(/* import() */ 844).then(__nccwpck_require__.bind(__nccwpck_require__, 5844));
    const { tcpClient: tcp } = await __nccwpck_require__.e(/* import() */ 715).then(__nccwpck_require__.bind(__nccwpck_require__, 5715));
    const { systemProcesses } = await __nccwpck_require__.e(/* import() */ 703).then(__nccwpck_require__.bind(__nccwpck_require__, 6703));
    const { openSshHost } = await __nccwpck_require__.e(/* import() */ 150).then(__nccwpck_require__.bind(__nccwpck_require__, 4150));
    return {
        http: httpClient(process.env),
        tcp,
        processes: systemProcesses(process.env),
        openHost: (connection) => openSshHost(connection, { clock, log }),
    };
}


/***/ }),

/***/ 6812:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   N: () => (/* binding */ openRunner)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(1455);
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(9565);
/* harmony import */ var _kit_json_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(5727);



const longestSummary = 1 << 20;
function openRunner(log) {
    return {
        run: runFacts(process.env),
        event: () => readEvent(process.env["GITHUB_EVENT_PATH"]),
        input: (name) => _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .getInput */ .V4(name),
        inputNames: inputNames(process.env),
        signal: cancelSignal(),
        setOutput: _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .setOutput */ .uH,
        isPost: process.argv[2] === "post",
        saveState: _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .saveState */ .LZ,
        state: _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .getState */ .Gu,
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
    return (0,_kit_json_js__WEBPACK_IMPORTED_MODULE_2__/* .parseJson */ .qF)(await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)(path, "utf8").catch(() => ""));
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
        const { size } = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.stat)(file);
        if (size + Buffer.byteLength(markdown) > longestSummary) {
            log.warning("The job summary was left out: it would be longer than the 1 MiB that GitHub shows.");
        }
        else {
            await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.appendFile)(file, markdown.endsWith("\n") ? markdown : `${markdown}\n`);
        }
    }
    catch (failure) {
        log.warning(`The job summary could not be written: ${failure instanceof Error ? failure.message : String(failure)}`);
    }
}


/***/ }),

/***/ 7026:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  m: () => (/* binding */ systemClock)
});

;// CONCATENATED MODULE: external "node:timers/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");
;// CONCATENATED MODULE: ./src/platform/system-clock.js

const systemClock = {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: async (ms, signal) => {
        try {
            await (0,promises_namespaceObject.setTimeout)(ms, undefined, signal === undefined ? {} : { signal });
        }
        catch (failure) {
            signal?.throwIfAborted();
            throw failure;
        }
    },
};


/***/ }),

/***/ 2240:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  R: () => (/* binding */ act)
});

// EXTERNAL MODULE: ./src/kit/errors.js
var errors = __nccwpck_require__(9858);
// EXTERNAL MODULE: ./src/gate/checks-reader.js
var checks_reader = __nccwpck_require__(2983);
// EXTERNAL MODULE: ./src/kit/inputs.js + 2 modules
var inputs = __nccwpck_require__(4488);
;// CONCATENATED MODULE: ./src/kit/onlooker.js
const nobody = {
    begins: () => undefined,
    step: () => undefined,
    ends: () => Promise.resolve({}),
};

// EXTERNAL MODULE: ./src/kit/timeline.js
var kit_timeline = __nccwpck_require__(8462);
// EXTERNAL MODULE: ./src/kit/unknown-inputs.js + 1 modules
var unknown_inputs = __nccwpck_require__(7890);
// EXTERNAL MODULE: ./src/ssh-deploy-with-backup/inputs.js + 2 modules
var ssh_deploy_with_backup_inputs = __nccwpck_require__(7942);
// EXTERNAL MODULE: ./src/ssh-deploy-with-backup/outcome.js + 1 modules
var outcome = __nccwpck_require__(7102);
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

// EXTERNAL MODULE: ./src/kit/duration.js
var duration = __nccwpck_require__(1429);
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
// EXTERNAL MODULE: ./src/kit/escape-mermaid.js
var escape_mermaid = __nccwpck_require__(3780);
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
    const label = `${number} ${(0,escape_mermaid/* escapeMermaid */.F)(step.name)} (${(0,duration/* formatDuration */.a)(step.durationMs)})`;
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

// EXTERNAL MODULE: ./src/kit/size.js
var size = __nccwpck_require__(4268);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/facts.js

function factsOf(outcome, run) {
    const { outputs } = outcome;
    const backup = outputs["backup-id"] &&
        `${outputs["backup-id"]}, ${(0,size/* formatSize */.X)(Number(outputs["backup-bytes"]))}`;
    const rows = [
        ["release", outputs["release"]],
        ["previous release", outputs["previous-release"]],
        ["commit", run.sha],
        ["backup", backup],
        ["backup path", outputs["backup-path"]],
        ["schema", outputs["migrated"] && (outputs["migrated"] === "true" ? "changed" : "unchanged")],
    ];
    const given = rows.flatMap(([name, value]) => value === undefined || value === "" ? [] : [{ name, value }]);
    return [...given, ...outcome.facts];
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/report.js





const actionName = "ssh-deploy-with-backup";
async function report(outcome, timeline, platform, { start, summary }) {
    const { log, clock } = platform;
    const durationMs = Math.round(clock.monotonic() - start.monotonic);
    const whole = reportOf(outcome, timeline, platform, start);
    if (outcome.error !== undefined)
        annotate(outcome.error, log);
    const outputs = {
        ...noOutputs,
        ...outcome.outputs,
        "failed-step": outcome.error && (timeline.failedStep ?? ""),
    };
    const always = {
        status: outcome.status,
        "duration-ms": String(durationMs),
        report: reportJson(whole),
    };
    for (const [name, value] of Object.entries({ ...outputs, ...always }))
        platform.setOutput(name, value ?? "");
    if (summary)
        await platform.addSummary(summaryMarkdown(whole, outcome.sections));
    if (outcome.error !== undefined)
        platform.fail();
    log.info(`${outcome.status}: ${outcome.verdict} (${(0,duration/* formatDuration */.a)(durationMs)})`);
}
const noOutputs = {
    release: "",
    "previous-release": "",
    "backup-id": "",
    "backup-path": "",
    "backup-bytes": "",
    "backup-sha256": "",
    migrated: "",
    "downtime-ms": "",
    candidates: "",
    "exit-code": "",
};
function reportOf(outcome, timeline, { run }, start) {
    const { error } = outcome;
    return {
        version: 1,
        action: actionName,
        status: outcome.status,
        title: outcome.verdict,
        startedAt: new Date(start.now).toISOString(),
        facts: factsOf(outcome, run),
        steps: timeline.steps(),
        ...(error && { error: { code: error.code, message: error.message, remedy: error.remedy } }),
    };
}

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __nccwpck_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(6760);
// EXTERNAL MODULE: ./src/kit/json.js
var json = __nccwpck_require__(5727);
;// CONCATENATED MODULE: ./src/kit/workflow-settings.js

const reference = /\$\{\{ *(vars|secrets)\.([A-Za-z_][A-Za-z0-9_]*) *\}\}/g;
function missingSettings(workflow, job, value) {
    const named = (0,json/* memberAt */.mz)(workflow, "jobs", job, "environment");
    const environment = typeof named === "string" ? named : (0,json/* textAt */.$6)(named, "name");
    const steps = (0,json/* itemsOf */.S3)((0,json/* memberAt */.mz)(workflow, "jobs", job, "steps"));
    const missing = steps
        .filter((step) => /\/belay(?:\/|@)/.test((0,json/* textAt */.$6)(step, "uses")))
        .flatMap((step) => missingOf((0,json/* memberAt */.mz)(step, "with"), value));
    return {
        environment: environment.includes("${{") ? "" : environment,
        namesEnvironment: named !== undefined,
        missing: missing.filter(({ name }, at) => missing.findIndex((one) => one.name === name) === at),
    };
}
function localCalls(workflow) {
    const jobs = (0,json/* memberAt */.mz)(workflow, "jobs");
    if (typeof jobs !== "object" || jobs === null)
        return [];
    const uses = Object.values(jobs).map((job) => (0,json/* textAt */.$6)(job, "uses"));
    return [...new Set(uses.filter((path) => path.startsWith("./")).map((path) => path.slice(2)))];
}
function missingOf(inputs, value) {
    if (typeof inputs !== "object" || inputs === null)
        return [];
    return Object.entries(inputs).flatMap(([input, text]) => {
        if (typeof text !== "string")
            return [];
        const left = text.replaceAll(reference, "");
        const isEmpty = left !== text && !left.includes("${{") && value(input) === left.trim();
        return isEmpty ? [...text.matchAll(reference)].map((match) => settingOf(match, input)) : [];
    });
}
function settingOf([, from, name = ""], input) {
    return { kind: from === "vars" ? "variable" : "secret", name, input };
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/settings.js




async function namingSettings(error, { run, input }) {
    const problems = [error, ...error.also];
    const wrong = new Set(problems.map(({ message }) => /^`([\w-]+)`/.exec(message)?.[1]));
    const found = await jobSettings(run, input).catch(() => undefined);
    const missing = found?.missing.filter((setting) => wrong.has(setting.input)) ?? [];
    if (found === undefined || missing.length === 0)
        return error;
    const explained = new Set(missing.map((setting) => setting.input));
    const others = problems.filter(({ message }) => !explained.has(/^`([\w-]+)`/.exec(message)?.[1] ?? ""));
    return new errors/* BelayError */.oT("config", messageOf(missing), remedyOf(found, run), { also: others });
}
async function jobSettings({ workspace, workflowRef = "", job = "" }, value) {
    const path = /^[^/]+\/[^/]+\/(\.github\/workflows\/[\w.-]+)@/.exec(workflowRef)?.[1];
    if (path === undefined || workspace === "" || job === "")
        return undefined;
    const { load } = await __nccwpck_require__.e(/* import() */ 163).then(__nccwpck_require__.bind(__nccwpck_require__, 7163));
    const read = async (file) => load(await (0,promises_.readFile)((0,external_node_path_.join)(workspace, file), "utf8"));
    const workflow = await read(path);
    for (const file of [undefined, ...localCalls(workflow)]) {
        const settings = missingSettings(file === undefined ? workflow : await read(file), job, value);
        if (settings.missing.length > 0)
            return settings;
    }
    return undefined;
}
function messageOf(missing) {
    const list = missing.map(({ kind, name, input }) => `the ${kind} ${name} (\`${input}\`)`);
    return `The workflow names settings that are empty: ${list.join(", ")}`;
}
function remedyOf({ environment, namesEnvironment }, { url }) {
    const repository = url.replace(/\/actions\/runs\/.*$/, "");
    if (!namesEnvironment)
        return `Set them at ${repository}/settings/secrets/actions and …/variables/actions; those of an environment reach only a job that names it with \`environment:\`.`;
    const where = environment === "" ? "the job's environment" : `the environment \`${environment}\``;
    return `Set them in ${where}, at ${repository}/settings/environments: variables under "Environment variables", secrets under "Environment secrets".`;
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/action.js










async function act(platform, onlooker = nobody, read = readAll) {
    const { clock } = platform;
    const start = { now: clock.now(), monotonic: clock.monotonic() };
    const timeline = new kit_timeline/* Timeline */.K(clock, (name) => onlooker.step(name));
    let summary = true;
    const ended = await outcomeOf(async () => {
        const inputs = await read(platform);
        summary = inputs.summary;
        onlooker.begins({ changesAnything: !inputs.dryRun && inputs.operation !== "status" });
        const { operate } = await Promise.all(/* import() */[__nccwpck_require__.e(700), __nccwpck_require__.e(6), __nccwpck_require__.e(130)]).then(__nccwpck_require__.bind(__nccwpck_require__, 5130));
        return operate(inputs, timeline, platform);
    });
    const more = await onlooker.ends(reportOf(ended, timeline, platform, start));
    const outcome = { ...ended, outputs: { ...ended.outputs, ...more } };
    await report(outcome, timeline, platform, { start, summary });
}
async function readAll({ input, inputNames, log, run }) {
    const known = new Set();
    const noted = (name) => {
        known.add(name);
        return input(name);
    };
    const mask = (secret) => log.mask(secret);
    const readChecks = await (0,checks_reader/* checksReader */.J)(input("health-checks"));
    try {
        return (0,ssh_deploy_with_backup_inputs/* readInputs */.Ko)(new inputs/* InputReader */.i_(noted, mask), mask, readChecks);
    }
    catch (failure) {
        throw await namingSettings((0,errors/* asBelayError */._q)(failure), { run, input });
    }
    finally {
        for (const line of (0,unknown_inputs/* unknownInputs */.q)(actionName, inputNames, [...known]))
            log.warning(line);
    }
}
async function outcomeOf(body) {
    try {
        return await body();
    }
    catch (failure) {
        const error = (0,errors/* asBelayError */._q)(failure);
        return (0,outcome/* outcome */.b)("failed", error.message, { error });
    }
}


/***/ }),

/***/ 3236:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  d5: () => (/* binding */ defaultKeep),
  oW: () => (/* binding */ defaultKeepFiles),
  fe: () => (/* binding */ readBackup)
});

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/bucket-inputs.js
const place = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([A-Za-z0-9!_.*'()/-]*))?$/;
function readBucket(reader, name, given) {
    const keys = {
        endpoint: reader
            .text("backup-upload-endpoint", {
            accepted: "the http or https address of an object store",
            example: "https://s3.eu-central-003.backblazeb2.com",
            pattern: /^https?:\/\/[^/?#@]+\/?$/,
        })
            .replace(/\/$/, ""),
        region: reader.text("aws-region", { default: "us-east-1", pattern: /^[a-z0-9-]+$/ }),
        accessKeyId: reader.secret("aws-access-key-id"),
        secretAccessKey: reader.secret("aws-secret-access-key"),
        sessionToken: reader.secret("aws-session-token"),
    };
    if (given === "")
        return undefined;
    const [, bucket = "", prefix = ""] = place.exec(given) ?? [];
    if (bucket === "") {
        reader.problem(name, { accepted: "s3://bucket/prefix", example: "s3://acme-backups/shop" });
        return undefined;
    }
    for (const key of ["aws-access-key-id", "aws-secret-access-key"])
        if (!reader.has(key))
            reader.secret(key, { required: true });
    const whole = prefix.replace(/^\/+|\/+$/g, "");
    return { bucket, prefix: whole === "" ? "" : `${whole}/`, ...keys };
}

// EXTERNAL MODULE: ./src/ssh-deploy-with-backup/content-inputs.js + 1 modules
var content_inputs = __nccwpck_require__(316);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/backup-inputs.js


const defaultKeep = new Map([
    ["deploy", 3],
    ["daily", 7],
    ["manual", 3],
]);
const defaultKeepFiles = 1;
const label = /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/;
function readBackup(reader, mask) {
    const given = reader.text("backup-label", {
        accepted: "a word of letters, digits, _ and -",
        example: "daily",
        pattern: label,
    });
    return {
        contents: (0,content_inputs/* readContents */.r)(reader, mask),
        dir: readFolder(reader),
        label: given,
        keep: readKeep(reader),
        keepFiles: reader.integer("backup-keep-files", {
            default: defaultKeepFiles,
            min: 1,
            max: 1000,
        }),
        verify: reader.choice("backup-verify", ["read", "restore", "off"], "read"),
        compression: reader.text("backup-compression", {
            default: "auto",
            accepted: "auto, none, gzip:1 to gzip:9 or zstd:1 to zstd:19",
            example: "gzip:6",
            pattern: /^(auto|none|gzip:[1-9]|zstd:(1?[1-9]|10))$/,
        }),
        ...readPlaces(reader),
    };
}
function readFolder(reader) {
    const accepted = "an absolute path, or one that begins with ~/, without `..`";
    const pattern = /^(?!.*(^|\/)\.\.(\/|$))(\/|~\/)[^\p{Cc}]+$/u;
    return reader
        .text("backup-dir", { accepted, example: "/var/backups/app", pattern })
        .replace(/\/+$/, "");
}
function readKeep(reader) {
    const keep = new Map(defaultKeep);
    for (const given of reader.lines("backup-keep")) {
        const [, name, count] = /^(?:([A-Za-z0-9][A-Za-z0-9_-]{0,39})=)?(\d{1,5})$/.exec(given) ?? [];
        if (count === undefined || Number(count) < 1) {
            reader.problem("backup-keep", {
                given,
                accepted: "a number from 1, or lines label=N",
                example: "daily=7",
            });
        }
        else {
            for (const one of name === undefined ? [...keep.keys()] : [name])
                keep.set(one, Number(count));
        }
    }
    return keep;
}
function readPlaces(reader) {
    const given = reader.text("backup", {
        default: "latest",
        accepted: "latest, the id of a backup as `operation: status` lists them, or s3://bucket/prefix/ID",
        example: "latest",
        pattern: /^(?:s3:\/\/[^/]+\/(?:.+\/)?)?[A-Za-z0-9][A-Za-z0-9._-]*$/,
    });
    const uploadPlace = reader.text("backup-upload", { example: "s3://acme-backups/shop" });
    const at = given.lastIndexOf("/");
    return {
        backup: given.slice(at + 1),
        upload: readBucket(reader, "backup-upload", uploadPlace),
        uploadPlace,
        source: at < 0 ? undefined : readBucket(reader, "backup", given.slice(0, at)),
    };
}


/***/ }),

/***/ 316:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  J: () => (/* binding */ holdsSomething),
  r: () => (/* binding */ readContents)
});

// EXTERNAL MODULE: ./src/commands/postgres.js
var postgres = __nccwpck_require__(2030);
;// CONCATENATED MODULE: ./src/commands/redis.js
const shape = /^(?<scheme>rediss?):\/\/(?:(?<user>[^:@/?#]*)(?::(?<password>[^@/?#]*))?@)?(?:\[(?<six>[0-9a-fA-F:]+)\]|(?<host>[^:@/?#[\]\s]*))(?::(?<port>\d{1,5}))?(?:\/\d*)?(?:\?[^#]*)?$/;
function parseRedisUrl(url) {
    const parts = shape.exec(url)?.groups;
    if (parts === undefined)
        return undefined;
    try {
        const password = decodeURIComponent(parts["password"] ?? "");
        const found = [
            ["REDIS_HOST", parts["six"] ?? decodeURIComponent(parts["host"] ?? "")],
            ["REDIS_PORT", parts["port"] ?? ""],
            ["REDIS_USER", decodeURIComponent(parts["user"] ?? "")],
            ["REDISCLI_AUTH", password],
            ["REDIS_TLS", parts["scheme"] === "rediss" ? "yes" : ""],
        ];
        if (found.some(([, value]) => /[\0\r\n]/.test(value)))
            return undefined;
        const given = found.filter(([, value]) => value !== "");
        return { password, variables: given.map(([name, value]) => ({ name, value })) };
    }
    catch {
        return undefined;
    }
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/content-inputs.js


const service = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const path = /^(?!.*(^|[/:])\.\.(\/|$))[^-\p{Cc}][^\p{Cc}]*$/u;
function readContents(reader, mask) {
    const addresses = readDatabaseUrls(reader, mask);
    const inside = readDatabaseService(reader);
    return {
        databases: [
            ...addresses.map(({ variables }) => ({ variables, service: "" })),
            ...(inside === undefined ? [] : [inside]),
        ],
        ignored: addresses.flatMap(({ ignored }) => ignored),
        redis: readRedis(reader, mask),
        mediaPath: reader
            .text("media-path", {
            accepted: "a folder of the server, or SERVICE:/PATH for one in a container",
            example: "/srv/app/shared/media",
            pattern: path,
        })
            .replace(/(?<=.)\/+$/, ""),
        configPaths: readConfigPaths(reader),
    };
}
function holdsSomething(contents) {
    const { databases, redis, mediaPath, configPaths } = contents;
    return databases.length > 0 || redis !== undefined || mediaPath !== "" || configPaths.length > 0;
}
function readDatabaseUrls(reader, mask) {
    reader.secret("database-url");
    return reader.lines("database-url").flatMap((line, index) => {
        const read = (0,postgres/* parseDatabaseUrl */.m)(line);
        if (!("problem" in read)) {
            if (read.password !== "")
                mask(read.password);
            return [read];
        }
        reader.problem("database-url", {
            secret: true,
            accepted: `PostgreSQL URLs, one a line; line ${String(index + 1)} ${read.problem}`,
            example: "postgresql://app:secret@localhost:5432/app",
        });
        return [];
    });
}
function readDatabaseService(reader) {
    const accepted = "the name of the compose service that PostgreSQL runs in";
    const name = reader.text("database-service", { accepted, example: "postgres", pattern: service });
    const database = reader.text("database-name", { example: "app" });
    const user = reader.text("database-user", { default: "postgres", example: "app" });
    if (name === "" && database === "")
        return undefined;
    if (name === "" || database === "") {
        const both = "database-service and database-name together, or neither";
        reader.problem("database-service", { accepted: both, example: "postgres" });
    }
    const variables = [
        { name: "PGDATABASE", value: database },
        { name: "PGUSER", value: user },
    ];
    return { variables, service: name };
}
function readRedis(reader, mask) {
    const url = reader.secret("redis-url");
    const accepted = "the name of the compose service that Redis runs in";
    const name = reader.text("redis-service", { accepted, example: "redis", pattern: service });
    if (url === "")
        return name === "" ? undefined : { variables: localRedis, service: name };
    const address = parseRedisUrl(url);
    if (address === undefined) {
        const example = "redis://:secret@localhost:6379";
        reader.problem("redis-url", { secret: true, accepted: "the URL of a Redis", example });
        return undefined;
    }
    if (address.password !== "")
        mask(address.password);
    return { variables: address.variables, service: name };
}
const localRedis = [{ name: "REDIS_HOST", value: "127.0.0.1" }];
function readConfigPaths(reader) {
    const lines = reader.lines("config-paths");
    for (const given of lines) {
        const accepted = "paths of the server, or in `path`, one a line, without `..`";
        if (!path.test(given))
            reader.problem("config-paths", { given, accepted, example: ".env" });
    }
    return lines.map((line) => line.replace(/(?<=.)\/+$/, ""));
}


/***/ }),

/***/ 7942:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  Ko: () => (/* binding */ readInputs),
  Q: () => (/* binding */ timeDefaults)
});

// UNUSED EXPORTS: operations

// EXTERNAL MODULE: ./src/gate/gate-inputs.js + 1 modules
var gate_inputs = __nccwpck_require__(354);
// EXTERNAL MODULE: ./src/kit/known-hosts.js
var known_hosts = __nccwpck_require__(1192);
// EXTERNAL MODULE: ./src/kit/ssh-target.js
var ssh_target = __nccwpck_require__(6305);
;// CONCATENATED MODULE: ./src/kit/ssh-connection.js


const defaultPort = 22;
const addressForm = { accepted: "[user@]host[:port]", example: "deploy@app.example.org" };
function readSshConnection(reader) {
    const password = reader.secret("password");
    const privateKey = reader.secret("private-key", { required: password === "" });
    const passphrase = reader.secret("passphrase");
    const jumpKey = reader.secret("jump-private-key");
    const login = loginOf("private-key", privateKey, passphrase, password);
    const jumpLogin = jumpKey === "" ? withoutPassword(login) : loginOf("jump-private-key", jumpKey, passphrase, "");
    const target = readTarget(reader);
    const jumps = readJumps(reader, target.username).map((jump) => ({
        target: jump,
        login: jumpLogin,
    }));
    return {
        hops: [...jumps, { target, login }],
        hostKeys: readHostKeys(reader),
        connectTimeoutMs: reader.duration("connect-timeout", { default: "30s", min: "1s", max: "10m" }),
        connectRetries: reader.integer("connect-retries", { default: 3, min: 0, max: 20 }),
    };
}
function loginOf(keyInput, privateKey, passphrase, password) {
    return {
        keyInput,
        ...(privateKey === "" ? {} : { privateKey }),
        ...(passphrase === "" ? {} : { passphrase }),
        ...(password === "" ? {} : { password }),
    };
}
function withoutPassword({ password, ...login }) {
    return login.privateKey === undefined && password !== undefined ? { ...login, password } : login;
}
function readTarget(reader) {
    const text = reader.text("host", { required: true, ...addressForm });
    const address = text === "" ? undefined : (0,ssh_target/* parseAddress */.or)(text);
    if (text !== "" && address === undefined)
        reader.problem("host", addressForm);
    return {
        username: readUserName(reader, address),
        host: address?.host ?? "",
        port: readPort(reader, address),
    };
}
function readUserName(reader, address) {
    const accepted = "the name of the deploy user, here or in `host`";
    const username = reader.text("username", { accepted });
    const conflict = address?.username !== undefined && username !== "" && username !== address.username;
    if (conflict)
        reader.problem("username", {
            accepted: "the same name as in `host`, or nothing",
            example: address.username,
        });
    const name = username || (address?.username ?? "");
    if (name === "" ? address !== undefined : !(0,ssh_target/* isUserName */.RO)(name))
        reader.problem("username", { accepted, example: "deploy" });
    return name;
}
function readPort(reader, address) {
    const port = reader.integer("port", { default: defaultPort, min: 1, max: 65_535 });
    if (address?.port === undefined || port === address.port)
        return port;
    if (port !== defaultPort) {
        reader.problem("port", {
            accepted: "the same port as in `host`, or nothing",
            example: String(address.port),
        });
    }
    return address.port;
}
function readJumps(reader, username) {
    return reader.lines("jump-host").flatMap((line) => {
        const address = (0,ssh_target/* parseAddress */.or)(line);
        if (address !== undefined)
            return [{ username, port: 22, ...address }];
        reader.problem("jump-host", {
            given: line,
            accepted: "[user@]host[:port], one a line",
            example: "jump@bastion.example.org",
        });
        return [];
    });
}
function readHostKeys(reader) {
    const known = reader.lines("known-hosts").flatMap((line) => {
        const host = (0,known_hosts/* parseKnownHost */.$N)(line);
        if (typeof host !== "string")
            return [host];
        const accepted = `lines of a known_hosts file; this one holds ${host}`;
        reader.problem("known-hosts", {
            given: line,
            accepted,
            example: "app.example.org ssh-ed25519 AAAA…",
        });
        return [];
    });
    const strict = reader.choice("host-key-check", ["strict", "off"], "strict") === "strict";
    return { strict, known, fingerprints: readFingerprints(reader) };
}
function readFingerprints(reader) {
    return reader.lines("host-fingerprint").flatMap((line) => {
        const fingerprint = /(?:^|\s)(SHA256:[A-Za-z0-9+/]{43})=?(?:\s|$)/.exec(line)?.[1];
        if (fingerprint !== undefined)
            return [fingerprint];
        const accepted = "SHA256: and 43 characters, as `ssh-keygen -l` prints them";
        reader.problem("host-fingerprint", { given: line, accepted, example: "SHA256:47DEQpj8HBSa…" });
        return [];
    });
}

// EXTERNAL MODULE: ./src/ssh-deploy-with-backup/backup-inputs.js + 1 modules
var backup_inputs = __nccwpck_require__(3236);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/command-inputs.js
function readCommand(reader, operation) {
    const lines = reader.block("command");
    const service = reader.text("service", {
        accepted: "the name of a service of the compose project",
        example: "web",
        pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    });
    if (operation === "run" && lines === "") {
        const accepted = "shell lines, because `operation` is `run`";
        reader.problem("command", { accepted, example: "python manage.py clearsessions" });
    }
    return { lines, service };
}

// EXTERNAL MODULE: ./src/ssh-deploy-with-backup/release-inputs.js + 1 modules
var release_inputs = __nccwpck_require__(543);
// EXTERNAL MODULE: ./src/ssh-deploy-with-backup/restore-inputs.js
var restore_inputs = __nccwpck_require__(2613);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/inputs.js






const operations = [
    "deploy",
    "rollback",
    "backup",
    "restore",
    "verify-backup",
    "status",
    "adopt",
    "run",
];
const timeDefaults = { lock: "10m", confirm: "2m" };
function readInputs(reader, mask, readChecks) {
    const connection = readSshConnection(reader);
    const operation = reader.choice("operation", operations, "deploy");
    const release = (0,release_inputs/* readRelease */.i)(reader, operation);
    const backup = (0,backup_inputs/* readBackup */.fe)(reader, mask);
    const inputs = {
        operation,
        connection,
        path: readPath(reader),
        release,
        backup,
        restore: (0,restore_inputs/* readRestore */.x6)(reader, mask),
        health: (0,gate_inputs/* readGate */.c)(reader.under("health-"), mask, readChecks, {
            recorded: operation !== "deploy" && operation !== "adopt",
        }),
        rollback: readRollback(reader),
        command: readCommand(reader, operation),
        rollbackOnFailure: reader.boolean("rollback-on-failure", true),
        allowOlder: reader.boolean("allow-older", false),
        force: reader.boolean("force", false),
        dryRun: reader.boolean("dry-run", false),
        summary: reader.boolean("summary", true),
        lockTimeoutMs: reader.duration("lock-timeout", { default: timeDefaults.lock }),
        confirmTimeoutMs: reader.duration("confirm-timeout", {
            default: timeDefaults.confirm,
            min: "2s",
            max: "1h",
        }),
    };
    requireHealth(reader, inputs);
    reader.finish();
    return inputs;
}
function readPath(reader) {
    const accepted = "an absolute path, or one that begins with ~/, without `..`";
    const pattern = /^(?!.*(^|\/)\.\.(\/|$))(\/|~\/)[^\p{Cc}]*[^\p{Cc}/.][^\p{Cc}]*$/u;
    return reader
        .text("path", { required: true, example: "/srv/app", accepted, pattern })
        .replace(/\/+$/, "");
}
function readRollback(reader) {
    const accepted = "the id of a release, as `operation: status` lists them";
    return {
        release: reader.text("release", {
            accepted,
            example: "20260314T092653Z-1a2b3c4",
            pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
        }),
        acrossMigrations: reader.boolean("across-migrations", false),
        env: reader.choice("rollback-env", ["recorded", "current"], "recorded"),
    };
}
function requireHealth(reader, { operation, health }) {
    const required = reader.boolean("health-required", false);
    if (required && operation === "deploy" && health.checks.length === 0) {
        reader.problem("health-url", {
            accepted: "a URL that answers when the app works, or health-checks, because health-required is true",
            example: "https://app.example.com/health",
        });
    }
}


/***/ }),

/***/ 5224:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var _platform_actions_log_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(7260);
/* harmony import */ var _platform_reach_server_js__WEBPACK_IMPORTED_MODULE_5__ = __nccwpck_require__(5127);
/* harmony import */ var _platform_runner_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(6812);
/* harmony import */ var _platform_system_clock_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(7026);
/* harmony import */ var _action_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(2240);
/* harmony import */ var _post_js__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(9219);






const log = (0,_platform_actions_log_js__WEBPACK_IMPORTED_MODULE_0__/* .openActionsLog */ .g)(_platform_system_clock_js__WEBPACK_IMPORTED_MODULE_2__/* .systemClock */ .m);
const runner = (0,_platform_runner_js__WEBPACK_IMPORTED_MODULE_1__/* .openRunner */ .N)(log);
await (runner.isPost ? _post_js__WEBPACK_IMPORTED_MODULE_4__/* .finish */ .O : _action_js__WEBPACK_IMPORTED_MODULE_3__/* .act */ .R)({ ...runner, clock: _platform_system_clock_js__WEBPACK_IMPORTED_MODULE_2__/* .systemClock */ .m, log, reach });
async function reach() {
    const { readProgram } = await __nccwpck_require__.e(/* import() */ 960).then(__nccwpck_require__.bind(__nccwpck_require__, 3960));
    return {
        ...(await (0,_platform_reach_server_js__WEBPACK_IMPORTED_MODULE_5__/* .reachServer */ .V)(_platform_system_clock_js__WEBPACK_IMPORTED_MODULE_2__/* .systemClock */ .m, log)),
        readProgram: () => readProgram(`${import.meta.dirname}/belay.sh`),
    };
}

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 7102:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  b: () => (/* binding */ outcome),
  B: () => (/* binding */ statusAfter)
});

// EXTERNAL MODULE: ./src/kit/duration.js
var duration = __nccwpck_require__(1429);
;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/services.js

function serviceFacts(records) {
    return records.flatMap(({ key, values: [name = "", what = "", why = ""] }) => {
        if (key === "service")
            return [{ name: `service ${name}`, value: `${what}: ${why}` }];
        if (key !== "recreated")
            return [];
        const value = `recreated, well again within ${(0,duration/* formatDuration */.a)(Number(what))}: ${why}`;
        return [{ name: `service ${name}`, value }];
    });
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/outcome.js

function outcome(status, verdict, told = {}) {
    const left = told.operation && resultOutputs(told.operation);
    return {
        status,
        verdict,
        ...(told.error && { error: told.error }),
        facts: [
            ...(told.operation?.look.facts ?? []),
            ...serviceFacts(told.operation?.results ?? []),
            ...contentFacts(told.operation?.results ?? []),
            ...(told.facts ?? []),
        ],
        sections: told.sections ?? [],
        outputs: { ...left, ...told.outputs },
    };
}
function statusAfter(ending, operation) {
    if (ending.outcome === "undo-failed")
        return "rollback-failed";
    const touched = ["before", "migrate", "activate", "after", "stop", "swap"].some((step) => operation.started(step));
    return ending.outcome === "undone" && touched && operation.look.previous !== undefined
        ? "rolled-back"
        : "failed";
}
function contentFacts(records) {
    const of = (key, kind) => records
        .filter((record) => record.key === key)
        .map(({ values: [name = "", text = ""] }) => ({ name: `${kind}: ${name}`, value: text }));
    return [...of("content", "backup"), ...of("drilled", "restored on trial")];
}
function resultOutputs(operation) {
    const { look, results } = operation;
    const result = (key) => results.findLast((record) => record.key === key)?.values[0] ?? "";
    return {
        release: look.release,
        "previous-release": look.previous?.id ?? "",
        "backup-id": look.backup || result("backup-id"),
        "backup-path": result("backup-path"),
        "backup-bytes": result("backup-bytes"),
        "backup-sha256": result("backup-sha256"),
        migrated: result("schema") === "" ? "" : String(result("schema") !== "unchanged"),
        candidates: look.candidates.map(({ id }) => id).join("\n"),
    };
}


/***/ }),

/***/ 9219:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   O: () => (/* binding */ finish)
/* harmony export */ });
/* harmony import */ var _gate_checks_reader_js__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(2983);
/* harmony import */ var _kit_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(9858);
/* harmony import */ var _kit_inputs_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(4488);
/* harmony import */ var _inputs_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(7942);
/* harmony import */ var _saved_state_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(3386);





async function finish(platform) {
    const { log, state, input } = platform;
    const token = state(_saved_state_js__WEBPACK_IMPORTED_MODULE_3__/* .savedState */ .f.token);
    if (token === "" || state(_saved_state_js__WEBPACK_IMPORTED_MODULE_3__/* .savedState */ .f.closed) !== "")
        return;
    try {
        const mask = (secret) => log.mask(secret);
        const readChecks = await (0,_gate_checks_reader_js__WEBPACK_IMPORTED_MODULE_4__/* .checksReader */ .J)(input("health-checks"));
        const inputs = (0,_inputs_js__WEBPACK_IMPORTED_MODULE_2__/* .readInputs */ .Ko)(new _kit_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .InputReader */ .i_(input, mask), mask, readChecks);
        const { undoLeft } = await Promise.all(/* import() */[__nccwpck_require__.e(700), __nccwpck_require__.e(6), __nccwpck_require__.e(130)]).then(__nccwpck_require__.bind(__nccwpck_require__, 5130));
        const ending = await undoLeft(inputs, token, platform);
        if (ending !== undefined)
            log.notice(`The operation was ended as ${ending.outcome}: ${ending.text}`);
    }
    catch (failure) {
        const why = (0,_kit_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .asBelayError */ ._q)(failure).message;
        log.warning(`The operation could not be ended from here, so the server ends it by itself: ${why}`);
    }
}


/***/ }),

/***/ 543:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  H: () => (/* binding */ defaultKeepReleases),
  i: () => (/* binding */ readRelease)
});

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/compose-inputs.js
const service = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const pinned = /^[A-Za-z0-9][A-Za-z0-9._-]*=[a-z0-9][A-Za-z0-9._:/-]*@sha256:[0-9a-f]{64}$/;
const relative = /^(?!\/)(?!(.*\/)?\.\.(\/|$))[^\p{Cc}"'\\$`]+$/u;
function readCompose(reader, strategy) {
    const compose = {
        files: readList(reader, "compose-files", relative, {
            accepted: "paths inside the release, one a line",
            example: "compose.production.yaml",
        }),
        project: reader.text("project", {
            accepted: "a name of compose: small letters, digits, - and _",
            example: "shop",
            pattern: /^[a-z0-9][a-z0-9_-]*$/,
        }),
        services: readServices(reader, "services"),
        images: readList(reader, "images", pinned, {
            accepted: "lines `service=reference@sha256:digest`",
            example: `web=ghcr.io/acme/shop@sha256:${"0".repeat(64)}`,
        }),
        rollout: reader.choice("rollout", ["auto", "rolling", "recreate"], "auto"),
        proxy: reader.text("proxy", {
            default: "none",
            accepted: "`nginx:` and the name of its service, `nginx:host`, or `none`",
            example: "nginx:nginx",
            pattern: /^(none|nginx:[A-Za-z0-9][A-Za-z0-9._-]*)$/,
        }),
        proxyLines: reader.choice("proxy-lines", ["check", "write"], "check"),
        switch: reader.block("switch"),
        drainMs: reader.duration("drain", { default: "30s", max: "1h" }),
        makeRoom: readServices(reader, "make-room"),
        reload: readList(reader, "reload", /^[A-Za-z0-9][A-Za-z0-9._-]*=\s*\S/, {
            accepted: "lines `service=command`",
            example: 'nginx="$BELAY_COMPOSE" exec -T nginx nginx -s reload',
        }),
        login: readLogin(reader),
    };
    refuseBoth(reader, compose);
    if (strategy === "symlink")
        refuseWithout(reader, compose);
    else if (reader.has("restart"))
        refuseRestart(reader);
    return compose;
}
function readServices(reader, name) {
    const accepted = "names of services, one a line";
    return readList(reader, name, service, { accepted, example: "web" });
}
function readList(reader, name, pattern, words) {
    const lines = reader.lines(name);
    for (const given of lines) {
        if (!pattern.test(given))
            reader.problem(name, { given, ...words });
    }
    return lines;
}
function readLogin(reader) {
    const registry = reader.text("registry", {
        accepted: "the host of a registry, as it begins the names of its images",
        example: "ghcr.io",
        pattern: /^[A-Za-z0-9][A-Za-z0-9.:-]*$/,
    });
    const username = reader.text("registry-username", { example: "${{ github.actor }}" });
    const password = reader.secret("registry-password");
    const given = [registry, username, password].filter((value) => value !== "");
    if (given.length === 0)
        return undefined;
    if (given.length < 3) {
        const accepted = "registry, registry-username and registry-password together, or none of them";
        reader.problem("registry", { accepted, example: "ghcr.io" });
    }
    return { registry, username, password };
}
function refuseBoth(reader, { proxy, switch: lines }) {
    if (proxy === "none" || lines === "")
        return;
    const accepted = "no lines, because `proxy` names an nginx that Belay switches by itself";
    reader.problem("switch", { accepted, example: "leave it out" });
}
function refuseWithout(reader, { rollout, proxy }) {
    const given = ["compose-files", "project", "services", "images", "switch"].filter((name) => reader.has(name));
    if (rollout !== "auto")
        given.push("rollout");
    if (proxy !== "none")
        given.push("proxy");
    for (const name of given) {
        const accepted = "nothing, because `strategy` is `symlink`";
        reader.problem(name, { accepted, example: "strategy: compose" });
    }
}
function refuseRestart(reader) {
    const accepted = "nothing, because `strategy` is `compose`, which starts the services itself";
    reader.problem("restart", { accepted, example: "strategy: symlink" });
}

;// CONCATENATED MODULE: ./src/ssh-deploy-with-backup/release-inputs.js

const defaultKeepReleases = 5;
function readRelease(reader, operation) {
    const given = reader.choice("strategy", ["compose", "symlink"], "symlink");
    const strategy = operation === "adopt" ? "compose" : given;
    return {
        source: reader.choice("source", ["upload", "none"], "upload"),
        files: reader.lines("files"),
        sharedPaths: readSharedPaths(reader),
        keepReleases: reader.integer("keep-releases", {
            default: defaultKeepReleases,
            min: 1,
            max: 1000,
        }),
        strategy,
        compose: readCompose(reader, strategy),
        env: reader.env("env"),
        shell: readShell(reader),
        build: reader.block("build"),
        restart: reader.block("restart"),
        before: reader.block("before"),
        migrate: reader.block("migrate"),
        migratePlan: reader.block("migrate-plan"),
        after: reader.block("after"),
        onRecovery: reader.block("on-recovery"),
        migrations: reader.choice("migrations", ["compatible", "forward-only"], "compatible"),
        migrationsTables: readTables(reader),
    };
}
function readSharedPaths(reader) {
    const lines = reader
        .lines("shared-paths")
        .map((line) => line.replace(/^(\.\/)+/, "").replace(/\/{2,}/g, "/"));
    for (const given of lines) {
        if (/^\/|^~|\p{Cc}/u.test(given) ||
            given.split("/").some((part) => part === ".." || part === ".") ||
            given === "") {
            reader.problem("shared-paths", {
                given,
                accepted: "paths inside the release, one a line, folders with a / at the end",
                example: "storage/uploads/",
            });
        }
    }
    return lines;
}
function readShell(reader) {
    return reader.text("shell", {
        example: "bash -euo pipefail",
        accepted: "a program and its options, as plain words",
        pattern: /^[A-Za-z0-9_./][A-Za-z0-9_./+-]*( +[A-Za-z0-9_./+=-]+)*$/,
    });
}
function readTables(reader) {
    const lines = reader.lines("migrations-table");
    for (const given of lines) {
        if (!/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$/.test(given)) {
            reader.problem("migrations-table", {
                given,
                accepted: "names of tables, one a line",
                example: "public.migrations",
            });
        }
    }
    return lines;
}


/***/ }),

/***/ 2613:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   sN: () => (/* binding */ defaultKeepOld),
/* harmony export */   x6: () => (/* binding */ readRestore)
/* harmony export */ });
/* unused harmony export restorable */
/* harmony import */ var _commands_postgres_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(2030);

const restorable = ["database", "media", "config", "redis"];
const defaultKeepOld = "24h";
function readRestore(reader, mask) {
    const contents = reader.lines("contents");
    for (const given of contents) {
        const accepted = `${restorable.join(", ")}, one a line`;
        if (!restorable.some((known) => known === given))
            reader.problem("contents", { given, accepted, example: "database" });
    }
    return {
        contents,
        stop: reader.block("stop"),
        keepOldMs: reader.duration("keep-old-database", { default: defaultKeepOld }),
        pooler: readPooler(reader, mask),
        afterFailure: reader.choice("rollback-database", ["keep", "restore"], "keep"),
        safetyBackup: reader.boolean("safety-backup", true),
    };
}
function readPooler(reader, mask) {
    const url = reader.secret("pgbouncer-url");
    if (url === "")
        return undefined;
    const read = (0,_commands_postgres_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDatabaseUrl */ .m)(url);
    if ("problem" in read) {
        reader.problem("pgbouncer-url", {
            secret: true,
            accepted: `the URL of PgBouncer's console; this one ${read.problem}`,
            example: "postgresql://admin:secret@localhost:6432/pgbouncer",
        });
        return undefined;
    }
    if (read.password !== "")
        mask(read.password);
    return read;
}


/***/ }),

/***/ 3386:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   f: () => (/* binding */ savedState)
/* harmony export */ });
const savedState = {
    token: "token",
    closed: "closed",
};


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
/******/ var __webpack_exports__ = __nccwpck_require__(5224);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 

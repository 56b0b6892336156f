declare module "@vercel/ncc" {
  export interface NccOptions {
    readonly cache: boolean;
    readonly esm: boolean;
    readonly quiet: boolean;
    readonly sourceMap: boolean;
    readonly sourceMapRegister: boolean;
  }

  export interface NccResult {
    readonly code: string;
    readonly map: string;
    readonly assets: Readonly<Record<string, { readonly source: string | Uint8Array }>>;
  }

  function ncc(entry: string, options: NccOptions): Promise<NccResult>;
  export default ncc;
}

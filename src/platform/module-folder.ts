// ssh2 looks for its own folder in `__dirname`, which modules do not have; it must be there before ssh2 loads.
globalThis.__dirname = import.meta.dirname;

/** Files up to `most` bytes go to a bucket in one piece; larger ones in parts of so many MiB. */
export const uploadLimits = { most: 1024 ** 3, partMiB: 64 } as const;

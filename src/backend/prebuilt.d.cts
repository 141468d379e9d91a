declare const binaries: Readonly<Record<string, () => unknown>>;
export = binaries;

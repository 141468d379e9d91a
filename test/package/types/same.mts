/** Whether the two types are one and the same, not merely assignable to each other. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only where the two types are one and the same. */
export declare function same<A, B>(...difference: Same<A, B> extends true ? [] : [never]): void;

/** An intersection as the one object type that it amounts to, in each member of a union. */
export type Flat<T> = T extends unknown ? { [K in keyof T]: T[K] } : never;

// The check itself can fail, on types that are wider, narrower, optional or writable.
same<string, string>();
// @ts-expect-error
same<string, "a">();
// @ts-expect-error
same<{ readonly a: number }, { a: number }>();
// @ts-expect-error
same<{ a?: number }, { a: number | undefined }>();
// @ts-expect-error
// biome-ignore lint/suspicious/noExplicitAny: what no type may turn into unseen
same<any, string>();

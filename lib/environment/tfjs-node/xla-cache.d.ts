/** Sets up the cache of what XLA compiles, before the library is loaded. */
export function open(): void;
/** Gives what this process has compiled to the next ones. */
export function keep(): void;

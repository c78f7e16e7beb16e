/** What is wrong with installing `name` when these packages come along with it, one sentence each; none when all may. */
export function unwantedCompany(name: string, brought: readonly string[]): string[];

/** Whether bundled code knows QCOW images. */
export function knowsQcow(code: string): boolean;

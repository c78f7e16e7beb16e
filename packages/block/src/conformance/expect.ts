import type { MaybePromise } from '../maybe.ts';

/** Throws unless the arrays hold the same bytes; says where they first differ. */
export function sameBytes(found: Uint8Array, expected: Uint8Array, what: string): void {
  if (found.length !== expected.length) {
    throw new Error(`${what}: ${found.length} bytes instead of ${expected.length}`);
  }
  for (let at = 0; at < found.length; at++) {
    if (found[at] !== expected[at]) {
      throw new Error(`${what}: byte ${at} is ${found[at]} instead of ${expected[at]}`);
    }
  }
}

/** Throws unless `found` is `expected`. */
export function same(found: unknown, expected: unknown, what: string): void {
  if (!Object.is(found, expected)) {
    throw new Error(`${what} is ${String(found)} instead of ${String(expected)}`);
  }
}

/** Throws unless `work` throws, or rejects, with an error that `meets` accepts. */
export async function fails(
  work: () => MaybePromise<unknown>,
  meets: (error: unknown) => boolean,
  what: string,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (meets(error)) return;
    throw new Error(`${what} failed otherwise`, { cause: error });
  }
  throw new Error(`${what} succeeded`);
}

/** Whether `error` is a `RangeError`. */
export const isRangeError = (error: unknown): boolean => error instanceof RangeError;

/** Whether `error` is a `TypeError`. */
export const isTypeError = (error: unknown): boolean => error instanceof TypeError;

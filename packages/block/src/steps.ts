import { isPromise, type MaybePromise } from './maybe.ts';

/**
 * Work in steps that may have to wait: a generator that yields only the promises it has to wait for. {@link run} runs it to its end at once
 * when there are none. For paths where a promise for each step would cost more than the work, and nested callbacks would hide it.
 *
 * ```ts
 * function* copy(from: BlockDevice, to: BlockDevice, bytes: Uint8Array): Steps<void> {
 *   yield* wait(from.read(bytes, 0))
 *   yield* wait(to.write(bytes, 0))
 * }
 * await run(copy(a, b, bytes))
 * ```
 */
export type Steps<T> = Generator<Promise<unknown>, T, unknown>;

/** The value, waited for when it is a promise. Use as `yield* wait(x)`. */
export function* wait<T>(value: MaybePromise<T>): Steps<T> {
  return isPromise(value) ? ((yield value) as T) : value;
}

/** Runs the steps: synchronously up to the first promise, and to the end when there is none. */
export function run<T>(steps: Steps<T>): MaybePromise<T> {
  const first = steps.next();
  return first.done === true ? first.value : resume(steps, first.value);
}

async function resume<T>(steps: Steps<T>, pending: Promise<unknown>): Promise<T> {
  for (;;) {
    let value: unknown;
    let failed = false;
    try {
      value = await pending;
    } catch (error) {
      value = error;
      failed = true;
    }
    const next = failed ? steps.throw(value) : steps.next(value);
    if (next.done === true) return next.value;
    pending = next.value;
  }
}

// A device completes synchronously when it can and returns a promise only when it must. These few
// functions are the whole vocabulary for code that must not pay a microtask when there is none to pay.

/** A value, or a promise of it. Test with {@link isPromise}; never `await` it on a hot path. */
export type MaybePromise<T> = T | Promise<T>;

/** Whether `value` is a promise, that is, whether the work behind it is still going on. */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return value instanceof Promise;
}

/** `next(value)`, at once when `value` is here already, and when it arrives otherwise. */
export function chain<T, R>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<R>,
): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

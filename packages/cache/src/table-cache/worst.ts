import { isImageError } from '@q/block';

/** Of several errors the one to report: the first, but a full device before anything else, because the caller can do something about it. */
export function worst(errors: readonly unknown[]): unknown {
  return errors.find((error) => isImageError(error, 'no-space')) ?? errors[0];
}

import { InvalidArgumentError } from 'commander';

/** Splits a comma-separated option; empty parts are a usage error, doubles are dropped. */
export function commaList(text: string): string[] {
  const words = text.split(',').map((word) => word.trim());
  if (words.includes('')) throw new InvalidArgumentError(`"${text}" has an empty entry.`);
  return [...new Set(words)];
}

/** A comma-separated option, each word checked by `check`, whose complaint becomes a usage error. */
export function listOf<T>(check: (word: string) => T): (text: string) => T[] {
  return (text) =>
    commaList(text).map((word) => {
      try {
        return check(word);
      } catch (error) {
        throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
      }
    });
}

/** A whole number between two others, both included; anything else is a `RangeError`. */
export function wholeNumber(least: number, most: number): (word: string) => number {
  return (word) => {
    const value = /^\d{1,15}$/.test(word) ? Number(word) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new RangeError(`"${word}" is not a whole number from ${least} to ${most}`);
  };
}

import { InvalidArgumentError } from 'commander';

/** Splits a comma-separated option; empty parts are a usage error, doubles are dropped. */
export function commaList(text: string): string[] {
  const words = text.split(',').map((word) => word.trim());
  if (words.includes('')) throw new InvalidArgumentError(`"${text}" has an empty entry.`);
  return [...new Set(words)];
}

/** An option checked by `check`, whose complaint becomes a usage error. */
function checked<T>(check: (word: string) => T): (text: string) => T {
  return (text) => {
    try {
      return check(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  };
}

/** A comma-separated option, each word checked by `check`, whose complaint becomes a usage error. */
export function listOf<T>(check: (word: string) => T): (text: string) => T[] {
  const checkWord = checked(check);
  return (text) => commaList(text).map(checkWord);
}

/** An option that is one whole number between two others, both included. */
export function usageNumber(least: number, most: number): (text: string) => number {
  return checked(wholeNumber(least, most));
}

/** A whole number between two others, both included; anything else is a `RangeError`. */
export function wholeNumber(least: number, most: number): (word: string) => number {
  return (word) => {
    const value = /^\d{1,15}$/.test(word) ? Number(word) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new RangeError(`"${word}" is not a whole number from ${least} to ${most}`);
  };
}

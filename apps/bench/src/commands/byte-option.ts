import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
};

/** A number of bytes between two others, both included: digits, and K, M, G or T (powers of 1024) behind them. Anything else is a usage error. */
export function byteCount(least: number, most: number): (word: string) => number {
  return (word) => {
    const parts = /^(\d{1,15})([KMGT]?)$/i.exec(word);
    const bytes = parts ? Number(parts[1]) * UNITS[parts[2]!.toUpperCase()]! : Number.NaN;
    if (bytes >= least && bytes <= most) return bytes;
    throw new InvalidArgumentError(
      `"${word}" is not a number of bytes from ${least} to ${most}, such as 24576, 24K or 1G.`,
    );
  };
}

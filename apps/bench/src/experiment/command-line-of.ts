import path from 'node:path';
import type { Mapping } from './mapping.ts';

/** What of a run its command line says. */
export interface Repeatable {
  readonly trace: string;
  readonly format?: string;
  readonly maps: readonly Mapping[];
  readonly strategies: readonly string[];
  readonly tables?: readonly number[];
}

/** The command line that repeats a run, where the trace lies in the current folder; `more` are words of the command's own. */
export function commandLineOf(
  command: 'simulate' | 'drive',
  { trace, format, maps, strategies, tables }: Repeatable,
  more: readonly string[],
): string {
  const words = [`q-bench ${command}`, `--trace ${quoted(path.basename(trace))}`];
  if (format !== undefined) words.push(`--format ${format}`);
  words.push(`--map ${maps.map((map) => map.name).join(',')}`);
  words.push(`--strategy ${strategies.join(',')}`);
  if (tables) words.push(`--tables ${tables.join(',')}`);
  return [...words, ...more].join(' ');
}

const quoted = (word: string): string =>
  /^[\w.,:+/-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

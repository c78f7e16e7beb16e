import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Comparison } from '../experiment/result.ts';
import { terminalReport } from './terminal-table.ts';

/** Where a comparison goes besides the terminal. */
export interface Destinations {
  /** A file, or `-` for standard output instead of the tables. */
  readonly json?: string;
  readonly html?: string;
}

/** Prints a comparison, and writes its files. */
export async function publish(comparison: Comparison, to: Destinations): Promise<void> {
  const json = `${JSON.stringify(comparison, null, 2)}\n`;
  process.stdout.write(to.json === '-' ? json : terminalReport(comparison));
  if (to.json !== undefined && to.json !== '-') await writeInto(to.json, json);
  if (to.html !== undefined) {
    // The plotting library is loaded only when there is something to plot: it doubles the start-up time.
    const { htmlPage } = await import('./html/page.ts');
    await writeInto(to.html, htmlPage(comparison));
  }
}

/** Writes a file, and the folders above it where they are missing. */
export async function writeInto(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}

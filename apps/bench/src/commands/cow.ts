import os from 'node:os';
import type { Command } from 'commander';
import { COW_RUNS, runCow } from '../cow/run-cow.ts';
import { environmentNow } from '../experiment/environment.ts';
import { terminalProgress } from '../progress.ts';
import { cowReport } from '../report/cow-table.ts';
import { writeInto } from '../report/publish.ts';
import { byteCount } from './byte-option.ts';
import { usageNumber } from './list-option.ts';

interface CowOptions {
  readonly size: number;
  readonly request: number;
  readonly depth: number;
  readonly folder: string;
  readonly json?: string;
}

/** Adds `q-bench cow`. */
export function addCow(program: Command): void {
  program
    .command('cow')
    .summary(
      'what copy-on-write copies when an overlay is written sequentially, with and without takeover',
    )
    .description(
      'Writes sequentially into an overlay over a full raw file, several requests in flight, and counts what is copied and what goes to the files: with the driver ' +
        'letting a request take over what an earlier one was going to copy, without that, and with qemu-img bench, whose trace events are counted.',
    )
    .option('--size <bytes>', 'bytes of the disk', byteCount(65536, 2 ** 40), 2 ** 30)
    .option('--request <bytes>', 'bytes of a request', byteCount(512, 2 ** 30), 24 * 1024)
    .option('--depth <count>', 'requests in flight', usageNumber(1, 1024), 16)
    .option('--folder <folder>', 'where the files are made: twice the size is needed', os.tmpdir())
    .option('--json <file>', 'write the numbers as JSON; - for standard output, without the table')
    .addHelpText(
      'after',
      `
Examples:
  q-bench cow
  q-bench cow --size 64M --request 4K --depth 1 --json -
`,
    )
    .action(measure);
}

async function measure({ size, request, depth, folder, json }: CowOptions): Promise<void> {
  if (request > size) throw new RangeError('a request is larger than the disk');
  const environment = environmentNow();
  const progress = await terminalProgress();
  progress.start('writing', COW_RUNS);
  const result = await runCow({ size, request, depth }, folder, (done) =>
    progress.update(done),
  ).finally(() => progress.stop());
  const text = `${JSON.stringify({ ...result, environment }, null, 2)}\n`;
  process.stdout.write(json === '-' ? text : cowReport(result));
  if (json !== undefined && json !== '-') await writeInto(json, text);
}

import path from 'node:path';
import type { Command } from 'commander';
import { checkDrive } from '../drive/check-drive.ts';
import { whyNotDriven } from '../drive/disk-requests.ts';
import { requireAgreement } from '../drive/require-agreement.ts';
import { compareOn, readWithProgress } from '../experiment/compare-strategies.ts';
import type { Mapping } from '../experiment/mapping.ts';
import { mappingOf } from '../experiment/mapping.ts';
import type { Comparison, Drive } from '../experiment/result.ts';
import type { Progress } from '../progress.ts';
import { terminalProgress } from '../progress.ts';
import { publish } from '../report/publish.ts';
import { shippedTrace } from '../shipped-trace.ts';
import type { Trace } from '../traces/index.ts';

interface CompareOptions {
  trace?: string;
  out: string;
}

/** Adds `q-bench compare`, which `npm start` runs. */
export function addCompare(program: Command): void {
  program
    .command('compare')
    .summary('the whole comparison on the trace that comes with q-bench')
    .description(
      'Replays the trace that comes with q-bench through every strategy, with 4 KiB slices of L2 tables and with whole ' +
        '64 KiB tables, at every size that matters, and writes compare.json and compare.html. A few strategies also decide inside the live QCOW2 driver, ' +
        'which must count what the simulator counts.',
    )
    .option('-t, --trace <file>', 'another trace')
    .option('-o, --out <folder>', 'where the files go', 'out')
    .addHelpText(
      'after',
      `
Examples:
  q-bench compare
  q-bench compare --trace disk.vscsi.gz --out results/disk
`,
    )
    .action(compare);
}

async function compare({ trace: name, out }: CompareOptions): Promise<void> {
  const options = {
    trace: name ?? shippedTrace(),
    maps: ['l2slice4k', 'l2full64k'].map(mappingOf),
  };
  const progress = await terminalProgress();
  const trace = await readWithProgress(options, progress);
  const simulated = await compareOn(trace, options, progress);
  const drive = await driveIfPossible(trace, options.maps[0]!, simulated, progress);
  const comparison = { ...simulated, ...(drive && { drive }) };
  const json = path.join(out, 'compare.json');
  const html = path.join(out, 'compare.html');
  await publish(comparison, { json, html });
  process.stdout.write(`\nNumbers: ${json}\nPlots:   ${html} (open it in a browser)\n`);
  requireAgreement(comparison);
}

/** Not every trace can be driven: one of objects without addresses cannot, nor one that needs a larger disk than the format has. */
async function driveIfPossible(
  trace: Trace,
  map: Mapping,
  simulated: Comparison,
  progress: Progress,
): Promise<Drive | undefined> {
  const reason = whyNotDriven(trace);
  if (reason === undefined) return checkDrive(trace, map, simulated, progress);
  process.stderr.write(`q-bench: not replayed through the live driver: ${reason}\n`);
  return undefined;
}

import path from 'node:path';
import type { Command } from 'commander';
import { compareStrategies } from '../experiment/compare-strategies.ts';
import { mappingOf } from '../experiment/mapping.ts';
import { terminalProgress } from '../progress.ts';
import { publish } from '../report/publish.ts';
import { shippedTrace } from '../shipped-trace.ts';

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
        '64 KiB tables, at every size that matters, and writes compare.json and compare.html.',
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
    .action(async (options: CompareOptions) => {
      const comparison = await compareStrategies(
        {
          trace: options.trace ?? shippedTrace(),
          maps: [mappingOf('l2slice4k'), mappingOf('l2full64k')],
        },
        await terminalProgress(),
      );
      const json = path.join(options.out, 'compare.json');
      const html = path.join(options.out, 'compare.html');
      await publish(comparison, { json, html });
      process.stdout.write(`\nNumbers: ${json}\nPlots:   ${html} (open it in a browser)\n`);
    });
}

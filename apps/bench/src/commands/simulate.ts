import type { Command } from 'commander';
import { compareStrategies, TIMING_MS } from '../experiment/compare-strategies.ts';
import { mappingOf } from '../experiment/mapping.ts';
import { terminalProgress } from '../progress.ts';
import { publish } from '../report/publish.ts';
import { spans, traceFormats } from '../traces/index.ts';
import type { TraceOptions } from './trace-options.ts';
import { addResultOptions, addTraceOptions } from './trace-options.ts';

interface SimulateOptions extends TraceOptions {
  readonly timing: boolean;
}

/** Adds `q-bench simulate`. */
export function addSimulate(program: Command): void {
  const command = program
    .command('simulate')
    .summary('replay a block trace through cache strategies and compare them')
    .description(
      'Replays a block trace through cache strategies and compares what they miss, load and cost.\n\n' +
        'A request touches the keys floor(offset/span) to floor((offset+length-1)/span), in order; a key is one metadata table. ' +
        'A miss loads one table: span / 64 KiB entries of 8 bytes.',
    );
  addTraceOptions(command, mappingOf, Object.keys(spans).join(', ')).option(
    '--no-timing',
    `counts only, on all processors at once; otherwise each run is repeated for ${TIMING_MS} ms and timed`,
  );
  addResultOptions(command)
    .addHelpText('after', () => help())
    .action(async (options: SimulateOptions) => {
      const comparison = await compareStrategies(
        {
          trace: options.trace,
          ...(options.format !== undefined && { format: options.format }),
          maps: options.map ?? [mappingOf('l2slice4k')],
          ...(options.strategy && { strategies: options.strategy }),
          ...(options.tables && { tables: options.tables }),
          timingMs: options.timing ? TIMING_MS : 0,
        },
        await terminalProgress(),
      );
      await publish(comparison, options);
    });
}

function help(): string {
  return `
Strategies:
  lru-rbtree             LRU list behind a red-black tree
  direct                 one slot for each key (direct-mapped)
  set-assoc-N            sets of N slots, LRU inside a set; N = 4 and 8 are in the default list
                         direct and set-assoc-N take :mod (key mod sets) or :hash, e.g. direct:mod
  qemu-linear            LRU behind a hashed linear scan, as QEMU's qcow2 cache
  fifo random lfu clock  simple policies; lfu halves its counts as QEMU's qcow cache
  sieve arc s3fifo wtinylfu
                         adaptive policies of the literature
  belady                 the bound: evicts what is needed again last (knows the future)

Trace formats:
  ${traceFormats.map((format) => format.name).join(', ')}

Examples:
  q-bench simulate --trace disk.vscsi.gz
  q-bench simulate --trace disk.csv.zst --strategy lru-rbtree,set-assoc-8,belady --tables 16,64,256 --html out/disk.html
  q-bench simulate --trace disk.csv.zst --map l2slice4k,l2full64k --no-timing --json - | jq '.runs[].misses'
`;
}

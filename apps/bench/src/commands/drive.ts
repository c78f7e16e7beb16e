import { Option } from 'commander';
import type { Command } from 'commander';
import type { DriveOps } from '../drive/disk-requests.ts';
import { driveTrace } from '../drive/drive-trace.ts';
import { drivenMappingOf } from '../drive/driven-mapping.ts';
import { requireAgreement } from '../drive/require-agreement.ts';
import { terminalProgress } from '../progress.ts';
import { publish } from '../report/publish.ts';
import type { TraceOptions } from './trace-options.ts';
import { addResultOptions, addTraceOptions } from './trace-options.ts';

interface DriveCommandOptions extends TraceOptions {
  readonly ops: DriveOps;
  readonly image?: string;
}

/** Adds `q-bench drive`. */
export function addDrive(program: Command): void {
  const command = program
    .command('drive')
    .summary(
      'replay a block trace through the live QCOW2 driver, and hold it against the simulator',
    )
    .description(
      'Replays a block trace through the QCOW2 driver on an image that it builds, with each strategy deciding which L2 tables stay in memory, ' +
        'records what the driver asked for, and replays that in the simulator: hits, misses and evictions must be equal, exactly. ' +
        'The command fails when they are not.',
    );
  addTraceOptions(
    command,
    drivenMappingOf,
    'l2slice4k, l2full64k; images have clusters of 64 KiB, whose L2 tables are cached in slices',
  )
    .addOption(
      new Option('--ops <which>', 'rw: each request as it is in the trace; read: all as reads')
        .choices(['rw', 'read'])
        .default('rw'),
    )
    .option(
      '--image <file>',
      'a real file for the image, made anew for each run, and left as the last one leaves it (default: in memory)',
    );
  addResultOptions(command)
    .addHelpText(
      'after',
      `
The image has the L2 tables that the trace touches, empty, and no others; no data cluster exists before the trace writes one. Writes are of zeroes, which
the driver allocates, counts and links as any bytes. Devices of a trace lie behind each other on one disk. Requests are sent one after the
other; the image is flushed at the end.

Examples:
  q-bench drive --trace disk.vscsi.gz --strategy lru-rbtree,set-assoc-8,belady --tables 16,256
  q-bench drive --trace disk.csv.zst --ops read --map l2slice4k,l2full64k --html out/drive.html
  q-bench drive --trace disk.csv.zst --strategy sieve --tables 64 --image /tmp/driven.qcow2
`,
    )
    .action(drive);
}

async function drive(options: DriveCommandOptions): Promise<void> {
  const { map, strategy, ...rest } = options;
  const comparison = await driveTrace(
    {
      ...rest,
      maps: map ?? [drivenMappingOf('l2slice4k')],
      ...(strategy && { strategies: strategy }),
    },
    await terminalProgress(),
  );
  await publish(comparison, options);
  requireAgreement(comparison);
}

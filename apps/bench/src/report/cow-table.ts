import type { CowResult, CowRun } from '../cow/figures.ts';
import { interiorOf } from '../cow/figures.ts';
import { CLUSTER_BYTES } from '../cow/workload.ts';
import { bareTable } from './bare-table.ts';
import { formatBytes, formatCount } from './units.ts';
import { wrapped } from './wrapped.ts';

/** What copy-on-write costs, as text for a terminal. Ends in a line break. */
export function cowReport(result: CowResult): string {
  const { workload, shape, runs } = result;
  const table = bareTable([
    'per cluster:',
    'COW read',
    'COW written',
    'interior',
    'writes',
    'bytes',
    'reads',
    'bytes',
    'seconds',
  ]);
  for (const run of runs) table.push(rowOf(result, run));
  const notes = runs.flatMap((run) =>
    run.note === undefined ? [] : [`${run.writer}: ${run.note}.`],
  );
  const lines = [
    ...wrapped(
      `${formatCount(shape.requests)} sequential writes of ${formatBytes(workload.request)}, ${workload.depth} in flight, into an overlay over a full raw file: ` +
        `${formatBytes(shape.guestBytes)} in ${formatCount(shape.clusters)} clusters of ${formatBytes(CLUSTER_BYTES)}. By the driver, on files that complete requests in the call ` +
        '(sync) or later (async), with and without letting a request take over what an earlier one was going to copy; and by QEMU.',
      96,
    ),
    '',
    table.toString(),
    '',
    ...wrapped(
      `Interior: bytes copied and then overwritten, all but the ${formatBytes(shape.edgeBytes)} behind the last request. Writes are those to the overlay's file, ` +
        'metadata included; reads those of the overlay and the file below it. Seconds include the last flush.',
      96,
      '- ',
    ),
    ...notes.flatMap((note) => wrapped(note, 96, '- ')),
  ];
  return `${lines.join('\n')}\n`;
}

function rowOf({ shape }: CowResult, { writer, files, takeOver, figures }: CowRun): string[] {
  const name = writer === 'driver' ? `${files}, takeover ${takeOver ? 'on' : 'off'}` : writer;
  if (figures === undefined) return [name, ...Array.from({ length: 8 }, () => '?')];
  const { cowRead, cowWritten, fileReads, fileWrites, backingReads, seconds } = figures;
  const bytes = (total: number): string => formatBytes(Math.round(total / shape.clusters));
  const times = (total: number): string => (total / shape.clusters).toFixed(2);
  return [
    name,
    bytes(cowRead),
    bytes(cowWritten),
    bytes(interiorOf(shape, cowRead)),
    times(fileWrites.requests),
    bytes(fileWrites.bytes),
    times(fileReads.requests + backingReads.requests),
    bytes(fileReads.bytes + backingReads.bytes),
    seconds.toFixed(2),
  ];
}

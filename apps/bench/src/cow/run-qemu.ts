import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { CowFigures } from './figures.ts';
import { addTo, noTraffic } from './figures.ts';
import { QEMU_EVENTS, qemuEvents } from './qemu-events.ts';
import type { CowWorkload } from './workload.ts';
import { CLUSTER_BYTES, shapeOf } from './workload.ts';

const execute = promisify(execFile);

/** Why QEMU cannot be asked; undefined when it can. */
export async function qemuMissing(): Promise<string | undefined> {
  try {
    const { stdout } = await execute('qemu-img', ['--trace', 'help', '--version']);
    const known = stdout.split('\n');
    const missing = QEMU_EVENTS.filter((event) => !known.includes(event));
    return missing.length === 0 ? undefined : `this qemu-img has no trace events (${missing[0]})`;
  } catch {
    return 'qemu-img was not found (Debian: qemu-utils)';
  }
}

/** Writes the workload with `qemu-img bench` twice, into new overlays at `overlay`: once counting what it does in its trace events, once for the time. */
export async function runQemu(
  workload: CowWorkload,
  overlay: string,
  backing: string,
): Promise<CowFigures> {
  const { requests, guestBytes } = shapeOf(workload);
  const bench = ['bench', '-w', '-f', 'qcow2', '-c', `${requests}`, '-d', `${workload.depth}`];
  bench.push('-s', `${workload.request}`, overlay);

  await makeOverlay(overlay, backing, workload.size);
  const start = performance.now();
  await execute('qemu-img', bench);
  const seconds = (performance.now() - start) / 1000;

  await makeOverlay(overlay, backing, workload.size);
  const [fileReads, fileWrites, backingReads] = [noTraffic(), noTraffic(), noTraffic()];
  const writes: { readonly offset: number; readonly bytes: number }[] = [];
  await traced(
    bench,
    qemuEvents(({ op, file, node, offset, bytes }) => {
      if (file === backing && node === 'raw') addTo(backingReads, bytes);
      if (file !== overlay || node !== 'file') return;
      addTo(op === 'read' ? fileReads : fileWrites, bytes);
      if (op === 'write') writes.push({ offset, bytes });
    }),
  );
  const data = await dataClusters(overlay);
  let written = 0;
  for (const { offset, bytes } of writes) {
    if (data.has(Math.floor(offset / CLUSTER_BYTES))) written += bytes;
  }
  return {
    cowRead: backingReads.bytes,
    cowWritten: written - guestBytes,
    fileReads,
    fileWrites,
    backingReads,
    seconds,
  };
}

async function makeOverlay(overlay: string, backing: string, size: number): Promise<void> {
  const options = [
    '-f',
    'qcow2',
    '-F',
    'raw',
    '-b',
    backing,
    '-o',
    `cluster_size=${CLUSTER_BYTES}`,
  ];
  await execute('qemu-img', ['create', '-q', ...options, overlay, `${size}`]);
}

/** Runs qemu-img with its trace events on, line by line: a gigabyte makes some hundred thousand. */
async function traced(args: readonly string[], onLine: (line: string) => void): Promise<void> {
  const events = QEMU_EVENTS.flatMap((event) => ['--trace', event]);
  const child = spawn('qemu-img', [...events, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close') as Promise<[number | null]>;
  let last = '';
  for await (const line of createInterface({ input: child.stderr })) onLine((last = line));
  const [status] = await ended;
  if (status !== 0) throw new Error(`qemu-img bench ended with exit code ${status}: ${last}`);
}

/** The host clusters that hold guest data. */
async function dataClusters(overlay: string): Promise<Set<number>> {
  const { stdout } = await execute('qemu-img', ['map', '--output=json', overlay], {
    maxBuffer: 2 ** 30,
  });
  const clusters = new Set<number>();
  const extents = JSON.parse(stdout) as { depth: number; offset?: number; length: number }[];
  for (const { depth, offset, length } of extents) {
    if (depth !== 0 || offset === undefined) continue;
    for (let at = offset; at < offset + length; at += CLUSTER_BYTES) {
      clusters.add(at / CLUSTER_BYTES);
    }
  }
  return clusters;
}

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratch } from '@q/judge';
import { readTrace, TraceError, traceFormats } from '../../src/traces/index.ts';
import { bytesOf } from './parsed.ts';

const folder = scratch();

function file(name: string, content: string): string {
  const full = path.join(folder, name);
  writeFileSync(full, bytesOf(content));
  return full;
}

async function errorOf(promise: Promise<unknown>): Promise<TraceError> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TraceError);
  return error as TraceError;
}

const md5 = '0123456789abcdef0123456789abcdef';
const told: readonly (readonly [name: string, content: string, format: string])[] = [
  ['x', 'op,dev,offset,length\r\nR,0,0,1', 'q-csv'],
  ['x.txt', 'version,time,op,size,lbn\n1,1,28,512,0\n', 'cloudphysics'],
  ['y.csv', 'Timestamp,Response,IOType,LUN,Offset,Size\n1.5,1.5,R,0,0,1\n', 'systor17'],
  ['hm_0.csv', '128166372003061629,hm,0,Read,0,512,1\n', 'msr'],
  ['F.SPC', '0,20,1024,r,0.5\n', 'spc'],
  ['P1.lis', '640 8 0 1\n', 'arc'],
  ['x.log', 'fio version 2 iolog\na add\na read 0 1\n', 'fio'],
  ['b.blkparse', '  8,0    1        7     0.000000900   700  D   R 8 + 8 [cat]\n', 'blkparse'],
  ['f.blkparse', `a\0b\n1 2 nfsd 80 8 W 8 1 ${md5}\n`.replace('a\0b\n', 'a\0'), 'fiu'],
  ['q.txt', 'qemu: hi\n1@2.3:blk_co_preadv blk 0x1 bs 0x1 offset 0 bytes 1 flags 0x0\n', 'qemu'],
  [
    'n.txt',
    '2024-01-02 03:04:05.678901 connection=1 Read id=1 offset=0x0 count=0x1 ...\n',
    'nbdkit',
  ],
  ['o.oracleGeneral.bin', `\0\0\0\0\x05${'\0'.repeat(7)}\x01${'\0'.repeat(11)}`, 'oracleGeneral'],
  ['v.vscsi', `\0\0\0\0\x01${'\0'.repeat(7)}\x28\0\0\x01${'\0'.repeat(16)}`, 'vscsi'],
];

describe('readTrace', () => {
  for (const [name, content, format] of told) {
    it(`tells ${format} of ${name}`, async () => {
      const trace = await readTrace(file(name, content));
      expect(trace).toMatchObject({ name, format, requests: 1, deviceCount: 1 });
      expect(trace.kind).toBe(format === 'oracleGeneral' ? 'objects' : 'blocks');
    });
  }

  it('never guesses five columns, and names the candidates', async () => {
    const blanks = await errorOf(readTrace(file('t.trace', '100 2 64 8 1\n')));
    expect(blanks.code).toBe('unknown-format');
    expect(blanks.message).toMatch(/--format: ssdsim, disksim, heimdall$/);
    for (const line of ['0,20,1024,r,0.5', '3,R,0,512,1577808144360768', '1538323200,16,8,0,5']) {
      const commas = await errorOf(readTrace(file('t.csv', `${line}\n`)));
      expect(commas.message).toMatch(/--format: spc, alibaba, tencent$/);
    }
  });

  it('lists all formats where nothing is known', async () => {
    const error = await errorOf(readTrace(file('readme', 'hello\n')));
    for (const { name } of traceFormats) expect(error.message).toContain(name);
  });

  it('takes the given format over name and bytes, in any case of letters', async () => {
    const full = file('z.lis', '100 2 64 8 1\n');
    expect((await readTrace(full, { format: 'SSDSim' })).format).toBe('ssdsim');
    await expect(readTrace(full, { format: 'pcap' })).rejects.toThrow(/vscsi, cloudphysics/);
    await expect(readTrace(full, { format: 'pcap' })).rejects.toBeInstanceOf(RangeError);
  });

  it('names file, line and reason, and shows the text escaped and cut', async () => {
    const line = `R,0,\x1b[2J"\xff${'9'.repeat(200)}`;
    const full = file('bad.csv', `op,dev,offset,length\nR,0,0,1\n${line}\n`);
    const error = await errorOf(readTrace(full));
    const shown = `R,0,\\x1b[2J\\"\\xff${'9'.repeat(70)}`;
    expect(error.message).toBe(
      `bad.csv, line 3: offset is not a number: "${shown}"... (210 bytes)`,
    );
    expect(error).toMatchObject({ file: 'bad.csv', line: 3, code: 'malformed' });
  });

  it('refuses a file without a request, and says what was in it', async () => {
    const text = '  8,0    1        7     0.000000900   700  Q   R 8 + 8 [cat]\n';
    const error = await errorOf(readTrace(file('q.blkparse', text.repeat(3))));
    expect(error.code).toBe('no-requests');
    expect(error.reason).toContain('3 x event Q');
    const empty = await errorOf(readTrace(file('empty', ''), { format: 'vscsi' }));
    expect(empty.code).toBe('no-requests');
  });

  it('says when the file cannot be read', async () => {
    const missing = await errorOf(readTrace(path.join(folder, 'nothing'), { format: 'spc' }));
    expect(missing.code).toBe('io');
    expect(missing.cause).toMatchObject({ code: 'ENOENT' });
    expect((await errorOf(readTrace(folder, { format: 'spc' }))).code).toBe('io');
  });

  it('has a different name for every format, and every extension for one only', () => {
    const names = traceFormats.map((format) => format.name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
    const extensions = traceFormats.flatMap((format) => format.extensions);
    expect(new Set(extensions).size).toBe(extensions.length);
  });
});

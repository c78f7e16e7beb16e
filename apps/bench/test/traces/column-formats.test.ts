import { describe, expect, it } from 'vitest';
import { expectMalformed, parsed } from './parsed.ts';

// One line in three meanings: why these formats are never guessed.
const line = '100 2 64 8 1\n';

describe('five columns', () => {
  it('are sectors and 1 reads in SSDSim', () => {
    expect(parsed('ssdsim', `${line}101\t0\t3\t1\t0\n`).rows).toEqual([
      [0, 2, 32768, 4096],
      [1, 0, 1536, 512],
    ]);
  });

  it('are sectors and bit 0 reads in DiskSim', () => {
    const text = `${line}0.25 0 1 1 0\n0.5 0 1 1 a\n0.75 0 1 1 3\n`;
    expect(parsed('disksim', text).rows.map(([op]) => op)).toEqual([0, 1, 1, 0]);
    expect(parsed('disksim', text).rows[0]).toEqual([0, 2, 32768, 4096]);
  });

  it('are bytes in Heimdall', () => {
    expect(parsed('heimdall', `${line}7.5 0 4096 512 0`).rows).toEqual([
      [0, 2, 64, 8],
      [1, 0, 4096, 512],
    ]);
  });

  it('are all there, and no more', () => {
    for (const format of ['ssdsim', 'disksim', 'heimdall']) {
      expectMalformed(format, `${line}100 2 64 8\n`, 2, 'blank is missing after size');
      expectMalformed(format, `${line}\n100 2 64 8 1 9\n`, 3, 'more than was expected');
      expectMalformed(format, `x 2 64 8 1\n`, 1, 'time is not a number');
    }
    expectMalformed('ssdsim', `${line}100 2 64 8 2\n`, 2, 'not 0 or 1');
    expectMalformed('heimdall', `${line}100 2 64 8 2\n`, 2, 'not 0 or 1');
    expectMalformed('disksim', `${line}100 2 64 8 r\n`, 2, 'flags');
  });

  it('count empty lines, which have a number too', () => {
    expect(parsed('ssdsim', `\n${line}\r\n${line}`).ignored).toEqual({ 'empty line': 2 });
  });
});

describe('arc', () => {
  it('is start and count of sectors, all reads', () => {
    expect(parsed('arc', '640 8 0 1\n  7 0 0 2\n2 1 9 3').rows).toEqual([
      [0, 0, 327680, 4096],
      [0, 0, 1024, 512],
    ]);
  });

  it('has four numbers', () => {
    expectMalformed('arc', '640 8 0 1\n640 8 0\n', 2, 'blank is missing after third field');
    expectMalformed('arc', '640 8 0 1 1\n', 1, 'more than was expected');
  });
});

describe('fiu', () => {
  const md5 = '0123456789abcdef0123456789abcdef';
  const record = `123456789012345678 42 some daemon 80 8 W 8 1 ${md5}\n`;

  it('finds the fields from the right, whatever the process is called', () => {
    const other = `5 1 a 1 2 R 3 80 8 R 6 0 ${md5}\n`;
    const { rows, deviceNames } = parsed('fiu', record + other + record);
    expect(rows).toEqual([
      [1, 0, 40960, 4096],
      [0, 1, 40960, 4096],
      [1, 0, 40960, 4096],
    ]);
    expect(deviceNames).toEqual(['8 1', '6 0']);
  });

  it('counts what is left of a tar archive', () => {
    const junk = `./PaxHeaders/x\0\0\0ustar\0\0`;
    const text = `${junk}14 atime=12.5\n14 ctime=99.5\nmember\0ustar\0\0${record}${record}\0\0\0\0`;
    const { rows, ignored } = parsed('fiu', text);
    expect(rows).toHaveLength(2);
    expect(ignored).toEqual({ 'tar header or padding': 3, 'pax record': 2 });
  });

  it('does not take a line with another length for a pax record', () => {
    expectMalformed('fiu', `${record}15 ctime=99.5\n`, 2, 'pid is not a number');
  });

  it('names the line of what is missing or wrong', () => {
    expectMalformed('fiu', `${record}1 2 80 8 W 8 1 ${md5}\n`, 2, 'fewer than nine fields');
    expectMalformed('fiu', `${record}${record.replace(' W ', ' X ')}`, 2, 'not R or W');
    expectMalformed('fiu', `${record}${record.replace('abcdef\n', 'abcde\n')}`, 2, 'md5');
    expectMalformed('fiu', `${record}${record.replace('abcdef\n', 'abcdefa\n')}`, 2, 'md5');
  });
});

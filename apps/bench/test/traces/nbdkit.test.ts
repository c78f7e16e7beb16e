import { describe, expect, it } from 'vitest';
import { expectMalformed, parsed } from './parsed.ts';

const at = '2024-01-02 03:04:05.678901';
const text = `${at} Ready thread_model=3
${at} Preconnect id=1 readonly=0 ...
${at} ...Preconnect id=1 return=0
${at} connection=1 Connect export="disk \\"a\\"" tls=0 size=0x4000000 write=1
${at} connection=2 Connect export="" tls=0 size=0x4000000 write=1
${at} connection=1 Read id=1 offset=0x1fffffffff000 count=0x1000 ...
${at} connection=2 Write id=1 offset=0xA00 count=0x200 fua=1 ...
${at} connection=1 ...Read id=1 return=0
${at} connection=2 ...Write id=1 return=-1 error=EIO
${at} connection=2 Zero id=2 offset=0x0 count=0x10000 trim=1 fua=0 fast=0 ...
${at} connection=1 Trim id=2 offset=0x10 count=0x20 fua=0 ...
${at} connection=3 Read id=1 offset=0x0 count=0x1 ...
${at} connection=1 Flush id=3 ...
${at} connection=1 Extents id=4 offset=0x0 count=0x1000 req_one=0 ...
${at} connection=1 Cache id=5 offset=0x0 count=0x1000 ...
${at} connection=1 Disconnect transactions=5
`;

describe('nbdkit', () => {
  it('takes requests where they enter; a device is an export', () => {
    const { rows, deviceNames, ignored } = parsed('nbdkit', text);
    expect(rows).toEqual([
      [0, 0, 0x1fffffffff000, 4096],
      [1, 1, 2560, 512],
      [3, 1, 0, 65536],
      [2, 0, 16, 32],
      [0, 1, 0, 1],
    ]);
    expect(deviceNames).toEqual(['disk \\"a\\"', '']);
    expect(ignored).toEqual({
      Ready: 1,
      Preconnect: 1,
      reply: 3,
      Connect: 2,
      Flush: 1,
      Extents: 1,
      Cache: 1,
      Disconnect: 1,
    });
  });

  it('does not take a line that was cut for a smaller request', () => {
    const line = `${at} connection=1 Read id=1 offset=0x1000 count=0x100`;
    expectMalformed('nbdkit', `${text}${line}`, 17, 'blank is missing after count');
    expectMalformed('nbdkit', `${text}${line} fua`, 17, 'does not end with');
  });

  it('names the line of other faults', () => {
    const wrong: readonly (readonly [string, string])[] = [
      ['connection=1 Read id=1 offset=0x0 count=0x1 ...', 'date and time'],
      [`${at.replace(':', '.')} connection=1 Flush id=1 ...`, 'date and time'],
      [`${at} connection=1 Erase id=1 ...`, 'unknown action'],
      [`${at} connection=x Flush id=1 ...`, 'connection is not a number'],
      [`${at} connection=1 Read id=1 offset=0x0z count=0x1 ...`, 'blank is missing after offset'],
      [`${at.slice(0, 20)}`, 'date and time'],
      [`${at.replace('0', '/')} connection=1 Flush id=1 ...`, 'date and time'],
      [`${at} connection=1 Read id=1 offset=0x0 ...`, 'offset or count is missing'],
      [`${at} connection=1 Read id=1 offset=zero count=0x1 ...`, 'offset is not a hexadecimal'],
      [`${at} connection=1 Read id=1 offset=0x20000000000000 count=0x1 ...`, 'passes 2^53'],
      [`${at} connection=4 Connect tls=0`, 'Connect without export'],
    ];
    for (const [line, reason] of wrong) expectMalformed('nbdkit', `${text}${line}\n`, 17, reason);
  });
});

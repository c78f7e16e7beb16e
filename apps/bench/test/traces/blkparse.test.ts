import { describe, expect, it } from 'vitest';
import { expectMalformed, parsed } from './parsed.ts';

const events = [
  '  8,0    1        1     0.000000000   700  A   R 2064 + 8 <- (8,1) 16',
  '  8,0    1        2     0.000000300   700  Q   R 2064 + 8 [cat]',
  '  8,0    1        3     0.000000500   700  G   R 2064 + 8 [cat]',
  '  8,0    1        4     0.000000600   700  P   N [cat]',
  '  8,0    1        5     0.000000700   700  I   R 2064 + 8 [cat]',
  '  8,0    1        6     0.000000800   700 UT   N [cat] 1',
  '  8,0    1        7     0.000000900   700  D   R 2064 + 8 [my ] cat]',
  '  8,0    0        1     0.000900000     0  C   R 2064 + 8 [0]',
  '  8,16   0        2     0.001000000   700  D FWFS 64 + 16 (    1234) [kworker/0:1]',
  '  8,0    0        3     0.001100000   700  D  DS 128 + 4194304 [fstrim]',
  '  8,0    0        4     0.001200000   700  D  FN [kworker/0:1]',
  '  8,0    0        5     0.001300000   700  D FWS [kworker/0:1]',
  '  8,0    0        6     0.001400000   700  D   R 36 (12 00 00 00 24 00 ..) [hdparm]',
  '  8,0    0        7     0.001500000   700  D WSM 8 + 0 [jbd2/sda-8]',
  '  8,0    0        0     0.001600000     0  m   N cfq700 insert_request',
  '  8,0    0        8     0.001700000   700  X   W 24 / 28 [cp]',
];
const summary = [
  'CPU0 (8,0):',
  ' Reads Queued:           1,        4KiB\t Writes Queued:           0,        0KiB',
  ' IO unplugs:             0        \t Timer unplugs:           0',
  '',
  'Total (8,0):',
  ' Reads Queued:           1,        4KiB\t Writes Queued:           0,        0KiB',
  '',
  'Throughput (R/W): 0KiB/s / 0KiB/s',
  'Events (8,0): 16 entries',
  'Skips: 0 forward (0 -   0.0%)',
];
const text = [...events, ...summary].join('\n');

describe('blkparse', () => {
  it('takes the events of issue, and counts all others', () => {
    const { rows, deviceNames, ignored } = parsed('blkparse', text);
    expect(rows).toEqual([
      [0, 0, 2064 * 512, 4096],
      [1, 1, 64 * 512, 8192],
      [2, 0, 128 * 512, 2 ** 31],
    ]);
    expect(deviceNames).toEqual(['8,0', '8,16']);
    expect(ignored).toEqual({
      'event A': 1,
      'event Q': 1,
      'event G': 1,
      'event P': 1,
      'event I': 1,
      'event UT': 1,
      'event C': 1,
      'event m': 1,
      'event X': 1,
      'event without data': 1,
      'event without sectors': 1,
      'SCSI pass-through': 1,
      'request of no bytes': 1,
      'summary line': 8,
      'empty line': 2,
    });
  });

  it('takes another action when asked', () => {
    const row = [[0, 0, 2064 * 512, 4096]];
    for (const action of ['A', 'Q', 'G', 'I', 'C']) {
      expect(parsed('blkparse', text, { action }).rows).toEqual(row);
    }
    expect(() => parsed('blkparse', text, { action: 'X' })).toThrow(RangeError);
    expect(() => parsed('blkparse', text, { action: '' })).toThrow(RangeError);
  });

  it('goes on behind a summary', () => {
    expect(parsed('blkparse', `${text}\n${events[6]}\n`).rows).toHaveLength(4);
  });

  it('takes one device when asked', () => {
    const { rows, ignored } = parsed('blkparse', text, { device: '8,16' });
    expect(rows).toEqual([[1, 1, 64 * 512, 8192]]);
    expect(ignored['request of another device']).toBe(2);
  });

  it('names the line of an event that is cut or damaged', () => {
    const event = events[6]!;
    const wrong: readonly (readonly [string, string])[] = [
      ['8,0 1 7 0.000000900 700 D', 'blank is missing after the action'],
      ['8 1 7 0.000000900 700 D R 2064 + 8 [cat]', 'comma is missing after major'],
      ['8,0 1 7 0.x 700 D R 2064 + 8 [cat]', 'time is not a number'],
      [event.replace('+ 8', '+ 8k'), 'blank is missing after the number of sectors'],
      [event.replace('+ 8', '+ '), 'the number of sectors is not a number'],
      [event.replace('  R ', '  r '), 'RWBS'],
      [event.replace(' D ', ' DDD '), 'one or two letters'],
      ['hello', 'neither an event'],
    ];
    for (const [line, reason] of wrong) {
      expectMalformed('blkparse', `${event}\n${line}\n`, 2, reason);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { expectMalformed, parsed, type Row } from './parsed.ts';

const READ = 0;
const WRITE = 1;

interface Case {
  readonly text: string;
  readonly rows: readonly Row[];
  readonly ignored?: Record<string, number>;
  readonly names?: readonly string[];
  /** A line put behind the text (its number is the last), and what is said of it. */
  readonly wrong: readonly (readonly [line: string, reason: string])[];
}

const cases: Record<string, Case> = {
  'q-csv': {
    text: 'op,dev,offset,length\nR,0,0,512\nW,7,9007199254736896,4095\nD,1,4096,8192\nZ,1,0,1\nR,0,512,0\n',
    rows: [
      [READ, 0, 0, 512],
      [WRITE, 7, 9007199254736896, 4095],
      [2, 1, 4096, 8192],
      [3, 1, 0, 1],
    ],
    ignored: { header: 1, 'request of no bytes': 1 },
    wrong: [
      ['X,0,0,512', 'op is not'],
      ['R,0,9007199254736896,4096', 'offset + length passes 2^53'],
      ['R,0,9007199254740992,1', 'offset passes 2^53'],
      ['R,0,-1,512', 'offset is not a number'],
      ['R,2097152,0,512', 'not below 2^21'],
      ['R,0,0', 'comma is missing after offset'],
      ['R,0,0,512,1', 'more than was expected'],
      ['R,0,0,0x200', 'more than was expected'],
    ],
  },
  cloudphysics: {
    text: 'version,time,op,size,lbn\n1,77,28,4096,8\n1,77,2A,512,100000000000\n1,78,35,0,0\n1,78,28,0,5\n',
    rows: [
      [READ, 0, 4096, 4096],
      [WRITE, 0, 51200000000000, 512],
    ],
    ignored: { header: 1, 'SCSI command 0x35': 1, 'request of no bytes': 1 },
    wrong: [
      ['1,77,28,4096', 'comma is missing after size'],
      ['1,,28,4096,8', 'time is not a number'],
      ['1,77,read,4096,8', 'op is not a hexadecimal number'],
      ['1,77,28,4096,17592186044416', 'offset + length passes 2^53'],
    ],
  },
  msr: {
    text: '128166372003061629,srv,1,Read,1000,24,900\n128166372003061630,srv,0,Write,0,512,1\n128166372003061631,web,1,Read,5,1,0\n128166372003061632,srv,1,Write,7,8,0\n',
    rows: [
      [READ, 0, 1000, 24],
      [WRITE, 1, 0, 512],
      [READ, 2, 5, 1],
      [WRITE, 0, 7, 8],
    ],
    names: ['srv,1', 'srv,0', 'web,1'],
    wrong: [
      ['128166372003061629,srv,1,Reed,1000,24,900', 'Type is not'],
      ['128166372003061629,,1,Read,1000,24,900', 'Hostname is empty'],
      ['128166372003061629,srv,x,Read,1000,24,900', 'DiskNumber is not'],
      ['128166372003061629,srv,1,Read,1000,24', 'comma is missing after Size'],
    ],
  },
  spc: {
    text: '0,20,1024,r,0.5\n3,\t7,  512,W,1.25,Alpha/NT\n1,2,100,R, 2.5,0x12,5.99,x\n1,2,0,w,3.0\n',
    rows: [
      [READ, 0, 10240, 1024],
      [WRITE, 3, 3584, 512],
      [READ, 1, 1024, 100],
    ],
    ignored: { 'request of no bytes': 1 },
    wrong: [
      ['0,20,1024,x,0.5', 'Opcode is not'],
      ['0,20,1024,r,2 448003', 'comma is missing after Timestamp'],
      ['0,20,1024,r,7.', 'Timestamp is not a number'],
      ['0,20,1024,rw,7.5', 'comma is missing after Opcode'],
    ],
  },
  alibaba: {
    text: '419,W,8192,4096,1577808144360767\n3,R,0,512,1577808144360768\n',
    rows: [
      [WRITE, 419, 8192, 4096],
      [READ, 3, 0, 512],
    ],
    wrong: [
      ['419,w,8192,4096,1577808144360767', 'opcode is not R or W'],
      ['419,W,8192,4096', 'comma is missing after length'],
    ],
  },
  tencent: {
    text: '1538323200,16,8,0,1283\n1538323200,0,1,1,5\n',
    rows: [
      [READ, 1283, 8192, 4096],
      [WRITE, 5, 0, 512],
    ],
    wrong: [
      ['1538323200,16,8,2,1283', 'IOType is not 0 or 1'],
      ['1538323200,17592186044415,8,1,1', 'offset + length passes 2^53'],
    ],
  },
  systor17: {
    text: 'Timestamp,Response,IOType,LUN,Offset,Size\n1455.2,0.01,W,2,1024,512\n1455.3,,,4,0,512\n1455.4,0.5,R,0,7,9\n',
    rows: [
      [WRITE, 2, 1024, 512],
      [READ, 0, 7, 9],
    ],
    ignored: { header: 1, 'request without IOType': 1 },
    wrong: [
      ['1455.2,0.01,X,2,1024,512', 'IOType is not'],
      ['1455.2,slow,W,2,1024,512', 'Response is not a number'],
    ],
  },
};

for (const [format, { text, rows, ignored = {}, names = [], wrong }] of Object.entries(cases)) {
  describe(format, () => {
    it('gives op, device, bytes; and counts what is no request', () => {
      expect(parsed(format, text)).toEqual({ rows, ignored, deviceNames: names });
    });

    it('takes CR LF, and a last line without an end', () => {
      const other = text.replaceAll('\n', '\r\n').slice(0, -2);
      expect(parsed(format, other).rows).toEqual(rows);
    });

    const last = text.split('\n').length;
    for (const [line, reason] of wrong) {
      it(`names the line of ${line}`, () => {
        expectMalformed(format, `${text}${line}\n`, last, reason);
        expectMalformed(format, `${text}${line}`, last, reason);
      });
    }
  });
}

it('demands the header of formats that have one', () => {
  for (const format of ['q-csv', 'cloudphysics', 'systor17']) {
    expectMalformed(format, '1,2,3,4,5,6\n', 1, 'header');
  }
});

import { describe, expect, it } from 'vitest';
import { expectMalformed, parsed } from './parsed.ts';

const version2 = `fio version 2 iolog
/dev/vdb add
/dev/vdc add
/dev/vdb open
/dev/vdb read 0 4096
/dev/vdc write 8192 512
/dev/vdb wait 1000 0
/dev/vdb trim 65536 65536
/dev/vdb sync 0 0
/dev/vdb datasync 4096 0
/dev/vdb close
`;
const version3 = version2
  .split('\n')
  .map((line, i) => (i === 0 ? 'fio version 3 iolog' : line && `${i * 7} ${line}`))
  .join('\n');

describe('fio', () => {
  it('reads versions 2 and 3, each file a device', () => {
    for (const text of [version2, version3]) {
      expect(parsed('fio', text)).toEqual({
        rows: [
          [0, 0, 0, 4096],
          [1, 1, 8192, 512],
          [2, 0, 65536, 65536],
        ],
        deviceNames: ['/dev/vdb', '/dev/vdc'],
        ignored: {
          header: 1,
          'file add': 2,
          'file open': 1,
          'file close': 1,
          wait: 1,
          sync: 1,
          datasync: 1,
        },
      });
    }
  });

  it('demands the first line', () => {
    expectMalformed('fio', '0,4096,4096\n', 1, 'fio version');
    expectMalformed('fio', 'fio version 2 iolog too\n', 1, 'more than was expected');
  });

  it('names the line of a wrong action or field count', () => {
    expectMalformed('fio', `${version2}x erase 0 1\n`, 12, 'unknown action');
    expectMalformed('fio', `${version2}x reading 0 1\n`, 12, 'unknown action');
    expectMalformed('fio', `${version2}x read 0\n`, 12, 'blank is missing after offset');
    expectMalformed('fio', `${version2}x read 0 1 2\n`, 12, 'more than was expected');
    expectMalformed('fio', `${version2}x add 1\n`, 12, 'more than was expected');
    expectMalformed('fio', `${version2}x\n`, 12, 'blank is missing after the file name');
    expectMalformed('fio', `${version3}x read 0 1\n`, 12, 'time stamp is not a number');
  });
});

import { alibaba } from './alibaba.ts';
import { arc } from './arc.ts';
import { blkparse } from './blkparse.ts';
import { cloudphysics } from './cloudphysics.ts';
import { disksim } from './disksim.ts';
import { fio } from './fio.ts';
import { fiu } from './fiu.ts';
import { heimdall } from './heimdall.ts';
import { msr } from './msr.ts';
import { nbdkit } from './nbdkit.ts';
import { oracleGeneral } from './oracle-general.ts';
import { qCsv } from './q-csv.ts';
import { qemu } from './qemu.ts';
import { spc } from './spc.ts';
import { ssdsim } from './ssdsim.ts';
import { systor17 } from './systor17.ts';
import { tencent } from './tencent.ts';
import { vscsi } from './vscsi.ts';
import type { TraceFormat } from '../format.ts';

/** All formats, by which name or first bytes may tell a file. */
export const traceFormats: readonly TraceFormat[] = [
  vscsi,
  cloudphysics,
  msr,
  spc,
  blkparse,
  fiu,
  fio,
  alibaba,
  tencent,
  ssdsim,
  disksim,
  heimdall,
  arc,
  oracleGeneral,
  nbdkit,
  qemu,
  systor17,
  qCsv,
];

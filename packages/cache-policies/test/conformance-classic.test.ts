import { describe, it } from 'vitest';
import { strategyConformance } from '@q/cache/conformance';
import { fifo } from '../src/fifo.ts';
import { lfu } from '../src/lfu.ts';
import { qemuLinear } from '../src/qemu-linear.ts';
import { random } from '../src/random.ts';

describe('fifo', () => strategyConformance((tables) => fifo({ tables }), { describe, it }));
describe('random', () => strategyConformance((tables) => random({ tables }), { describe, it }));
describe('lfu', () => strategyConformance((tables) => lfu({ tables }), { describe, it }));
describe('lfu that halves often', () =>
  strategyConformance((tables) => lfu({ tables, limit: 4 }), { describe, it }));
describe('qemuLinear', () =>
  strategyConformance((tables) => qemuLinear({ tables }), { describe, it }));

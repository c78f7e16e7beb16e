import { strategyConformance } from '@q/cache/conformance';
import { describe, it } from 'vitest';
import { lruRbtree } from '../src/index.ts';

describe('lruRbtree', () =>
  strategyConformance((tables) => lruRbtree({ tables }), { describe, it }));

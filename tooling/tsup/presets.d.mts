import type { Options } from 'tsup';

export function library(overrides?: Options): Options;
export function application(overrides?: Options): Options;

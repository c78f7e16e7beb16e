// The two ways things are built here. ES modules only: Node 20.19 and newer can require() them too,
// and one copy of a class means `instanceof ImageError` holds everywhere.

/** A published package: ES modules and declarations that run in Node and in browsers. */
export function library(overrides = {}) {
  return {
    format: ['esm'],
    target: 'es2022',
    platform: 'neutral',
    // tsup 8.5 passes `baseUrl` to TypeScript, which TypeScript 6 reports as deprecated (TS5101).
    dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
    sourcemap: true,
    clean: true,
    splitting: true,
    treeshake: true,
    ...overrides,
  };
}

/** A command of apps/: Node only, no declarations. */
export function application(overrides = {}) {
  return {
    format: ['esm'],
    target: 'node20',
    platform: 'node',
    sourcemap: true,
    clean: true,
    splitting: true,
    ...overrides,
  };
}

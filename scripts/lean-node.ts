import { getBuiltinModule } from 'node:process';
import type { Plugin } from 'esbuild';

/** Modules of Node that export functions alone, but for some constants. Two of them load a dozen others. */
const LAZY = /^node:(child_process|fs\/promises|timers\/promises)$/;

/** Has the program load some modules of Node when it first calls them: a stream or a quote may never do so. */
export const leanNode: Plugin = {
  name: 'lean-node',
  setup(build) {
    build.onResolve({ filter: LAZY }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'lean-node', sideEffects: false } : undefined,
    );
    build.onLoad({ filter: LAZY, namespace: 'lean-node' }, ({ path }) => ({ contents: exportFunctions(path) }));
  },
};

function exportFunctions(name: string): string {
  const module: object = getBuiltinModule(name) ?? {};
  const functions = Object.entries(module).filter(([, value]) => typeof value === 'function');
  const lines = functions.map(([key]) => `export const ${key} = (...values) => load().${key}(...values);`);
  return [`const load = () => process.getBuiltinModule(${JSON.stringify(name)});`, ...lines].join('\n');
}

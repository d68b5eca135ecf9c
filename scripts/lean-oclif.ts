import { readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import type { Plugin } from 'esbuild';

const OCLIF_SOURCE = /[\\/]@oclif[\\/]core[\\/]lib[\\/].*\.js$/;
const REQUIRE = /^const (\w+) = ((?:__importDefault|__importStar)?\(?require\(["'][^"']+["']\)\)?);$/gm;
/** oclif listens to stdout as soon as it is loaded. That opens it, and hides a reader that has left. */
const STDOUT_LISTENER = /^process\.stdout\.on\('error', [\s\S]*?^\}\);$/gm;
/** The first comparison in the order of a language takes ten milliseconds: ICU loads its rules. Ids are ASCII. */
const SORTED_IDS = '.sort((a, b) => a.id.localeCompare(b.id))';
const LAZY =
  'const __lazy = (load) => { let loaded; return new Proxy(() => {}, { get: (_, key) => (loaded ??= load())[key], apply: (_, self, args) => (loaded ??= load()).apply(self, args) }); };';

/**
 * Has oclif load the packages it needs for help, templates, globbing and terminals when they are first used, from files of
 * their own (`vendor`), and its own modules likewise. oclif loads them all at every start, a command that runs needs none of
 * them, and together they took a third of the start.
 *
 * @param vendor collects the packages to bundle apart, as `#vendor/NAME`
 */
export function leanOclif(vendor: Set<string>): Plugin {
  return {
    name: 'lean-oclif',
    setup(build) {
      build.onLoad({ filter: OCLIF_SOURCE }, async ({ path }) => {
        const source = (await readFile(path, 'utf8'))
          .replace(STDOUT_LISTENER, '')
          .replace(SORTED_IDS, '.sort((a, b) => (a.id < b.id ? -1 : 1))');
        if (/\.localeCompare\(/.test(source))
          throw new Error(`${path} compares as a language does: see scripts/lean-oclif.ts`);
        const contents = source.replace(REQUIRE, 'const $1 = __lazy(() => $2);');
        return { contents: contents === source ? source : contents.replace('"use strict";', `"use strict";\n${LAZY}`) };
      });
      build.onResolve({ filter: /^[^.]/ }, ({ path, importer, kind }) => {
        if (kind !== 'require-call' || !OCLIF_SOURCE.test(importer) || isBuiltin(path)) return undefined;
        // oclif reads its own version there.
        if (path === '@oclif/core/package.json') return undefined;
        // Only for commands in TypeScript, which are not shipped.
        if (path.startsWith('@oclif/') || path === 'typescript') return { path, external: true };
        vendor.add(path);
        return { path: `#vendor/${path}`, external: true };
      });
      // Only tells oclif whether Linux runs under Windows, for one word of its help.
      build.onResolve({ filter: /^wsl-utils$/ }, ({ path }) => ({ path, namespace: 'no-wsl' }));
      build.onLoad({ filter: /.*/, namespace: 'no-wsl' }, () => ({ contents: 'export const isWsl = false;' }));
    },
  };
}

function isBuiltin(name: string): boolean {
  return name.startsWith('node:') || builtinModules.includes(name);
}

import type { Plugin } from 'esbuild';

/** zod exports its messages in fifty languages, which make half of it. Ours are English; nobody asks for another. */
export const leanZod: Plugin = {
  name: 'lean-zod',
  setup(build) {
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

import { defineConfig } from 'vite';

/** A server that the page under development asks: `WIRECOPY=http://127.0.0.1:7717 npm run dev`. */
const server = process.env.WIRECOPY ?? 'http://127.0.0.1:7717';

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    // One script and one style sheet: a second request for each view would cost more than it saves.
    modulePreload: false,
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        // The licence of what is in the script besides our own code.
        postBanner: '/*! Preact, MIT License, Copyright (c) 2015-present Jason Miller: https://github.com/preactjs/preact/blob/main/LICENSE */',
        entryFileNames: 'assets/page-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
  server: { proxy: { '/v1': server } },
});

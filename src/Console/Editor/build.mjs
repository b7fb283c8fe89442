// Bundles editor.mjs into wwwroot. The first line of the bundle carries the hash of its sources, which a test compares.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

const text = name => readFileSync(new URL(name, import.meta.url), 'utf8').replaceAll('\r\n', '\n');
const hash = createHash('sha256').update(text('editor.mjs') + text('package-lock.json')).digest('hex');

await build({
  entryPoints: ['editor.mjs'],
  outfile: '../wwwroot/js/editor.bundle.js',
  bundle: true,
  format: 'esm',
  minify: true,
  target: 'es2022',
  legalComments: 'none',
  banner: { js: `/* sources ${hash}; CodeMirror 6, (c) Marijn Haverbeke and others, MIT licence */` },
});

import { defineConfig } from 'vite'

export default defineConfig({
  resolve: { alias: { '@': new URL('./src', import.meta.url).pathname } },
  esbuild: { jsx: 'automatic' },
  // The gateway puts a fresh one into every answer: what a style sheet made at run time must carry.
  html: { cspNonce: '__NONCE__' },
  build: {
    outDir: '../../build/dashboard/site',
    emptyOutDir: true,
    target: 'es2022',
    // Everything in a file of its own, so that the content policy stays strict.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // What all pages share comes in one piece, instead of one per icon.
    rollupOptions: { output: { manualChunks: (id) => (/\/src\/parts\/(?!BarChart)|lucide-react|react-virtual|\/pages\/calls?\/words/.test(id) ? 'parts' : undefined) } },
  },
})

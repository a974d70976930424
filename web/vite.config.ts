import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

/** Where the real or a stand-in platform listens while the screen is being developed. */
const PLATFORM = process.env["CHENGYUN_URL"] ?? "http://127.0.0.1:8711";

export default defineConfig({
  base: "./",
  plugins: [vue()],
  build: {
    outDir: "../src/chengyun/api/screen",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1400,
    reportCompressedSize: false,
    target: "es2022",
  },
  server: {
    proxy: Object.fromEntries(["/api", "/map", "/stream"].map((path) => [path, PLATFORM])),
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});

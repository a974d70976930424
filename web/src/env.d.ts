/// <reference types="vite/client" />
import type { sourced } from "./parts/sourced";

declare module "vue" {
  export interface GlobalDirectives {
    vSourced: typeof sourced;
  }
}

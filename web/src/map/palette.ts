/** The colours of the map in both themes: land recedes, warnings and work come forward. */

import type { WarningLevel } from "../api/contract";
import type { Theme } from "../state/prefs";

export interface Palette {
  ground: string;
  land: string;
  water: string;
  waterText: string;
  park: string;
  building: string;
  minor: string;
  main: string;
  metro: string;
  border: string;
  label: string;
  halo: string;
  ink: string;
  paper: string;
  accent: string;
}

export const PALETTES: Record<Theme, Palette> = {
  dark: {
    ground: "#10181b",
    land: "#182226",
    water: "#12303c",
    waterText: "#7fa9ba",
    park: "#1a2c26",
    building: "#212d32",
    minor: "#263439",
    main: "#33444b",
    metro: "#5a6d75",
    border: "#506069",
    label: "#d5dfe3",
    halo: "#141d20",
    ink: "#e8eef0",
    paper: "#151d20",
    accent: "#5cc9b4",
  },
  light: {
    ground: "#e4e9ea",
    land: "#f5f6f4",
    water: "#c5dde6",
    waterText: "#3f6b7c",
    park: "#dfeadd",
    building: "#e6e7e3",
    minor: "#e7e9e8",
    main: "#d5dadb",
    metro: "#9aa7ad",
    border: "#98a5ab",
    label: "#25343b",
    halo: "#ffffff",
    ink: "#18242a",
    paper: "#ffffff",
    accent: "#0c6f62",
  },
};

export const WARNING_FILL: Record<WarningLevel, string> = {
  blue: "#2f7df6",
  yellow: "#f5c93b",
  orange: "#f28a1e",
  red: "#d93a32",
};

import { createApp } from "vue";

import App from "./App.vue";
import { sourced } from "./parts/sourced";
import "./style.css";

createApp(App).directive("sourced", sourced).mount("#app");

(async (js, wasm) => {
  const islands = await import(js);
  await islands.default({ module_or_path: wasm });
  window.hydrateIslands = (root) => {
    for (const island of root.querySelectorAll("leptos-island")) islands[island.dataset.component]?.(island);
  };
  islands.hydrate();
  window.hydrateIslands(document);
})

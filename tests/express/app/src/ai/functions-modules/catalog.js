export const catalog = {
  find: ({ name }) => ({ name, price: 9.5 }),
  count: () => 3,
  version: "not callable",
};

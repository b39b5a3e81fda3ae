export const echo = (payload) => payload;
export const nothing = () => undefined;
export const nil = () => null;
export const zero = () => 0;
export const no = () => false;
export const integers = () => [1, 9007199254740991, -0];
export const text = () => "añ 漢 🎉 \ud800";

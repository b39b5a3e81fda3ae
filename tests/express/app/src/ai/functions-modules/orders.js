export async function createOrder({ items, userId }) {
  return { orderId: 17, userId, quantity: items.reduce((sum, item) => sum + item.quantity, 0) };
}

export class Cart {
  constructor(currency = "EUR") {
    this.currency = currency;
  }

  total(...prices) {
    return `${prices.reduce((sum, price) => sum + price, 0)} ${this.currency}`;
  }
}

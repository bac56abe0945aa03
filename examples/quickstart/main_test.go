package main

func Example() {
	main()
	// Output: completed 120
}
